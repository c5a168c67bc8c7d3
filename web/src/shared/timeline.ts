/** One timeline: messages and lines in the order of the ticket's own versions, never of clocks. */

import type { Attachment, Delivery, EventFrame, EventItem, Facts, Id, Item, MessageItem, Offer } from "./words";

/** Lines about the ticket itself; messages come with their own words, work and offers are routing's but for a refusal. */
const LINES: ReadonlySet<string> = new Set([
  "ticket.opened",
  "ticket.assigned",
  "ticket.moved",
  "ticket.status",
  "ticket.priority",
  "ticket.renamed",
  "ticket.whose",
  "ticket.snoozed",
  "ticket.service",
  "ticket.merged",
  "ticket.joined",
  "ticket.due",
  "ticket.misdirected",
  "ticket.split",
  "ticket.gathered",
  "ticket.owned",
  "ticket.noticed",
  "ticket.erased",
  "ticket.confided",
  "ticket.disclosed",
  "ticket.held",
  "ticket.released",
  "ticket.spam",
  "answer.used",
  "macro.run",
  "reply.withdrawn",
  "reply.instead",
  "reply.lost",
  "files.fetched",
  "files.shut",
  "file.blocked",
  "file.released",
  "talk.ended",
  "feedback.given",
  "pictures.fetched",
]);

/** The line an event draws, if it draws one. */
export function ticketItem(event: EventFrame): EventItem | null {
  if (!event.ticket || !(LINES.has(event.type) || isRefusal(event))) return null;
  const { row: _row, ...facts } = event.facts;
  return {
    type: "event",
    id: event.id,
    event: event.type,
    at: event.at,
    actor: event.actor,
    facts,
    said: (event.personal?.said as string | undefined) ?? null,
    ticket: event.ticket,
    at_version: event.at_version ?? 0,
    position: event.position,
  };
}

/** Of all offers that end, one that somebody declined. */
function isRefusal(event: EventFrame): boolean {
  return event.type === "offer.ended" && Boolean((event.facts.offer as Partial<Offer> | undefined)?.refusal);
}

/** The items with this one in its place; a newer copy of a message replaces the older. */
export function withItem(items: readonly Item[], item: Item): readonly Item[] {
  const at = items.findIndex((one) => one.id === item.id);
  const known = items[at];
  if (known) {
    if (known.type !== "message" || item.type !== "message" || item.version <= known.version) return items;
    return items.with(at, item);
  }
  const after = items.findLastIndex((one) => order(one, item) <= 0);
  return items.toSpliced(after + 1, 0, item);
}

/** The items after an outgoing message got further, or did not. */
export function withDelivery(items: readonly Item[], facts: Facts): readonly Item[] {
  const { row: _row, message: id, why: _why, author: _author, reason, ...news } = facts as Facts & { message: Id; version: number; reason?: string | null };
  const at = items.findIndex((one) => one.id === id);
  const known = items[at];
  if (known?.type !== "message" || known.version >= news.version) return items;
  return items.with(at, { ...known, ...news, delivery_reason: reason ?? null });
}

/** The items after the virus scanner, or an admin, said something of a file. */
export function withCheck(items: readonly Item[], facts: Facts): readonly Item[] {
  const { message: id, file, check, found, version } = facts as { message: Id; file: Id; version: number } & Required<Pick<Attachment, "check" | "found">>;
  const at = items.findIndex((one) => one.id === id);
  const known = items[at];
  if (known?.type !== "message" || known.version > version) return items;
  const attachments = known.attachments.map((one) => (one.id === file ? { ...one, check, found } : one));
  return items.with(at, { ...known, attachments, version });
}

/** The items after words were taken out: of all messages, or (`only`) of those that one person wrote; of every line. */
export function withoutWords(items: readonly Item[], only: readonly Id[] | null): readonly Item[] {
  return items.map((item) => {
    if (item.type === "event") return item.said === null ? item : { ...item, said: null };
    return !only || only.includes(item.id) ? silent(item) : item;
  });
}

function silent(message: MessageItem): MessageItem {
  if (message.flags.includes("erased")) return message;
  const way: readonly Delivery[] = ["scheduled", "queued", "no_relay", "sending", "to_print", "printed"];
  return {
    ...message,
    sender: "",
    text: "",
    subject: null,
    address: null,
    attachments: [],
    folds: [],
    html: false,
    cut: false,
    flags: ["erased"],
    delivery: way.includes(message.delivery) ? "failed" : message.delivery,
    delivery_reason: null,
    send_at: null,
    hold: null,
    version: message.version + 1,
  };
}

/** By the ticket's version; where one change made a message and lines, the message comes first. */
function order(a: Item, b: Item): number {
  if (a.at_version !== b.at_version) return a.at_version - b.at_version;
  return rank(a) - rank(b);
}

function rank(item: Item): number {
  return item.type === "message" ? 0 : item.position;
}
