/** Why a row that is still drawn is not in its list any more. */

import type { View } from "@shared/views";
import { isSnoozed } from "@shared/views";
import type { TicketRow } from "@shared/words";
import { clock } from "../desk/clock.svelte";
import { desk } from "../desk/desk.svelte";
import { tongue } from "../words/words.svelte";

export function whereTo(row: TicketRow, view: View): string {
  const t = tongue.t.list;
  if (!desk.state.tickets[row.id]) return t.left.other;
  if (row.status === "solved" || row.status === "closed") return t.left[row.status];
  if (view.kind === "queue" && row.queue !== view.queue) return t.moved(tongue.named(desk.state.queues[row.queue]));
  if (isSnoozed(row, clock.coarse)) return t.left.snoozed;
  const owner = row.assignee ? desk.state.agents[row.assignee] : undefined;
  if (owner && (view.kind === "unassigned" || owner.id !== desk.state.me)) {
    return t.taken(owner.id === desk.state.me ? t.you : owner.name);
  }
  if (row.status === "waiting") return t.left.waiting;
  return t.left.other;
}
