/** A timeline as it is drawn: days, what is new, cards, and lines, where many lines fold into one. */

import type { EventItem, Instant, Item, MessageItem } from "@shared/words";

export type Block =
  | { kind: "day"; id: string; at: Instant }
  | { kind: "new"; id: string }
  | { kind: "message"; id: string; item: MessageItem }
  | { kind: "session"; id: string; items: MessageItem[] }
  | { kind: "line"; id: string; item: EventItem }
  | { kind: "said"; id: string; item: EventItem }
  | { kind: "fold"; id: string; items: EventItem[] };

export type Filter = "all" | "messages" | "notes" | "calls" | "files";

export interface Reading {
  filter: Filter;
  /** What came from outside after this is new. */
  lookedAt: Instant | null;
  /** Whether words on this channel are spoken now (a chat): drawn as one session. */
  isLive: (channel: string) => boolean;
  /** Lines that a person opened. */
  unfolded: ReadonlySet<string>;
}

const FOLD_FROM = 3;
const PAUSE = 30 * 60_000;

const SHOWN: Record<Filter, (item: Item) => boolean> = {
  all: () => true,
  messages: (item) => item.type === "message" && item.direction !== "note",
  notes: (item) => item.type === "message" && item.direction === "note",
  calls: (item) => item.type === "message" && isCall(item),
  files: (item) => item.type === "message" && item.attachments.length > 0,
};

/** The record of a call: what was said is its recording and transcript. */
export function isCall(item: MessageItem): boolean {
  return item.flags.includes("call");
}

export function atOf(item: Item): Instant {
  return item.type === "message" ? item.created_at : item.at;
}

export function blocks(items: readonly Item[], reading: Reading): Block[] {
  const drawn: Block[] = [];
  let day = "";
  let fresh = false;
  for (const item of items.filter(SHOWN[reading.filter])) {
    const at = atOf(item);
    const itsDay = new Date(at).toDateString();
    if (itsDay !== day) drawn.push({ kind: "day", id: `day ${itsDay}`, at });
    day = itsDay;
    if (!fresh && isNew(item, reading.lookedAt)) {
      fresh = true;
      drawn.push({ kind: "new", id: "new" });
    }
    add(drawn, item, reading);
  }
  return drawn.flatMap((block) => unfold(block, reading.unfolded));
}

function isNew(item: Item, lookedAt: Instant | null): boolean {
  return lookedAt !== null && item.type === "message" && item.direction === "in" && item.created_at > lookedAt;
}

/** Lines gather behind a line, words of one conversation behind its words; what they said of us stands by itself. */
function add(drawn: Block[], item: Item, reading: Reading): void {
  const last = drawn.at(-1);
  if (item.type === "event" && item.event === "feedback.given") {
    drawn.push({ kind: "said", id: item.id, item });
  } else if (item.type === "event") {
    if (last?.kind === "fold") last.items.push(item);
    else drawn.push({ kind: "fold", id: item.id, items: [item] });
  } else if (item.direction !== "note" && !isCall(item) && reading.isLive(item.channel)) {
    if (last?.kind === "session" && follows(last.items, item)) last.items.push(item);
    else drawn.push({ kind: "session", id: item.id, items: [item] });
  } else {
    drawn.push({ kind: "message", id: item.id, item });
  }
}

function follows(items: readonly MessageItem[], item: MessageItem): boolean {
  const last = items.at(-1) as MessageItem;
  return last.channel === item.channel && Date.parse(item.created_at) - Date.parse(last.created_at) < PAUSE;
}

function unfold(block: Block, unfolded: ReadonlySet<string>): Block[] {
  if (block.kind !== "fold") return [block];
  if (block.items.length >= FOLD_FROM && !unfolded.has(block.id)) return [block];
  return block.items.map((item) => ({ kind: "line", id: item.id, item }));
}
