/** What is news to whoever looks elsewhere. */

import type { State } from "@shared/reducer";
import type { EventFrame, Id, Offer, TicketRow } from "@shared/words";

export const NEWS = ["offers", "mentions", "replies", "late"] as const;
export type News = (typeof NEWS)[number];

/** What in this event is news to whoever looks elsewhere. */
export function newsOf(event: EventFrame, before: State): { news: News; row: TicketRow } | null {
  const row = { ...(event.facts.row as object | undefined), ...(event.personal?.row as object | undefined) } as TicketRow;
  const me = before.me;
  const kind = kindOf(event, before, row);
  return kind && event.actor?.id !== me ? { news: kind, row } : null;
}

function kindOf(event: EventFrame, before: State, row: TicketRow): News | null {
  const me = before.me;
  switch (event.type) {
    case "offer.made":
      return (event.facts.offer as Offer).agent === me ? "offers" : null;
    case "consult.asked":
      return (event.facts.consult as { asked: Id }).asked === me ? "offers" : null;
    case "note.added":
      return (event.facts.mentions as readonly Id[] | undefined)?.includes(me) ? "mentions" : null;
    case "message.received":
      return row.assignee === me ? "replies" : null;
    case "ticket.due":
      return (event.facts.told as readonly Id[] | undefined)?.includes(me) ? "late" : null;
    default:
      return null;
  }
}
