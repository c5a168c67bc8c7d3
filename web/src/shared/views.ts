/** Which list a ticket stands in, and where: pure functions of rows, a person and a time. */

import { presses } from "./ageing";
import type { Id, Instant, Queue, TicketRow } from "./words";

export type View =
  | { kind: "inbox" }
  | { kind: "live" }
  | { kind: "snoozed" }
  | { kind: "drafts" }
  | { kind: "due" }
  | { kind: "unassigned" }
  | { kind: "waiting" }
  | { kind: "solved" }
  | { kind: "queue"; queue: Id };

export type Sort = "due" | "newest" | "oldest" | "priority";

/** What membership hangs on beside the row itself. */
export interface Standpoint {
  me: Id;
  now: Instant;
  drafts: ReadonlySet<Id>;
}

const HOUR = 3_600_000;

/** Where what looks like spam is held: it stands on its own page, and in no list beside (`model/suspicion.py`). */
export const HELD: Id = "suspected";

/** The queues in which work waits, in their order. */
export function workQueues(queues: Readonly<Record<Id, Queue>>): Queue[] {
  return Object.values(queues)
    .filter((queue) => queue.active !== false && queue.id !== HELD)
    .sort((a, b) => a.order - b.order);
}

/** Whether the matter still wants something from anybody. */
export function isActive(row: TicketRow): boolean {
  return row.status !== "solved" && row.status !== "closed";
}

export function isSnoozed(row: TicketRow, now: Instant): boolean {
  return row.snoozed_until !== null && row.snoozed_until > now;
}

/** Whether its clock stands still, and nothing else is due. */
export function isPaused(row: TicketRow): boolean {
  return row.due === null && Boolean(row.pause?.until);
}

export function isLate(row: TicketRow, now: Instant): boolean {
  return isActive(row) && !isPaused(row) && row.due !== null && row.due.at < now;
}

const MEMBERS: { [K in View["kind"]]: (row: TicketRow, from: Standpoint, view: Extract<View, { kind: K }>) => boolean } = {
  inbox: (row, from) => row.assignee === from.me && isActive(row) && !isSnoozed(row, from.now),
  live: (row) => row.live && isActive(row),
  snoozed: (row, from) => row.assignee === from.me && isActive(row) && isSnoozed(row, from.now),
  drafts: (row, from) => from.drafts.has(row.id),
  due: (row, from) => isActive(row) && !isPaused(row) && row.due !== null && row.due.at < inAnHour(from.now),
  unassigned: (row, from) => row.assignee === null && isActive(row) && !isSnoozed(row, from.now),
  waiting: (row) => row.status === "waiting",
  solved: (row, from) => row.assignee === from.me && !isActive(row),
  queue: (row, from, view) => row.queue === view.queue && isActive(row) && !isSnoozed(row, from.now),
};

export function belongs(row: TicketRow, view: View, from: Standpoint): boolean {
  if (row.queue === HELD && view.kind !== "drafts") return false;
  return (MEMBERS[view.kind] as (row: TicketRow, from: Standpoint, view: View) => boolean)(row, from, view);
}

/** The rows of a view in its order: live contacts first, always; the rest as the person sorts. */
export function inView(rows: Iterable<TicketRow>, view: View, from: Standpoint, sort: Sort): TicketRow[] {
  const members: TicketRow[] = [];
  for (const row of rows) if (belongs(row, view, from)) members.push(row);
  if (view.kind === "solved") return members.sort((a, b) => byText(b.updated_at, a.updated_at) || byId(a, b));
  return members.sort((a, b) => Number(isLiveNow(b)) - Number(isLiveNow(a)) || ORDERS[sort](a, b));
}

/** In the group that is never sorted away. */
export function isLiveNow(row: TicketRow): boolean {
  return row.live && isActive(row);
}

export const ORDERS: Record<Sort, (a: TicketRow, b: TicketRow) => number> = {
  due: (a, b) => byText(dueKey(a), dueKey(b)) || byRank(a, b) || byText(a.created_at, b.created_at) || byId(a, b),
  newest: (a, b) => byText(b.created_at, a.created_at) || byId(a, b),
  oldest: (a, b) => byText(a.created_at, b.created_at) || byId(a, b),
  priority: (a, b) => byRank(a, b) || ORDERS.due(a, b),
};

/** How many rows stand in a view, and whether one of them is late. */
export function tally(rows: Iterable<TicketRow>, view: View, from: Standpoint): { count: number; late: boolean } {
  let count = 0;
  let late = false;
  for (const row of rows) {
    if (!belongs(row, view, from)) continue;
    count += 1;
    late ||= isLate(row, from.now);
  }
  return { count, late };
}

/** Running clocks first; what waits on somebody else stands after all of them. */
function dueKey(row: TicketRow): string {
  if (isPaused(row)) return `2${row.due?.at ?? "~"}`;
  return row.due ? `0${row.due.at}` : "1";
}

function byRank(a: TicketRow, b: TicketRow): number {
  return presses(b) - presses(a);
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byId(a: TicketRow, b: TicketRow): number {
  return byText(a.id, b.id);
}

function inAnHour(now: Instant): Instant {
  return new Date(Date.parse(now) + HOUR).toISOString();
}
