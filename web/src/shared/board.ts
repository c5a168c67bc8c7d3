/**
 * The live board as a fold: what is known of the floor, and one event more.
 *
 * An event touches the one piece of work it is about and the one tally that this belongs
 * to, however much waits: nothing is counted again. `crm_core/rules/board.py` is the same
 * fold; both are held to a recount by the same recorded cases. What is drawn of it stands
 * in `console/board/figures.ts`.
 */

import type { Id } from "./words";

export const SLOT = 15 * 60_000;
/** Who gives up within this was not served badly: shown apart. */
export const SHORT = 5000;

export type Variant = "sl1" | "sl2" | "sl3" | "sl4" | "sl5";

/** Seconds and percent. */
export interface Aims {
  within: number;
  share: number;
  variant: Variant;
  longest: number;
  wrap_up: number;
  version: number;
}

/** A piece of work as the board counts it; times in whole milliseconds. */
export interface Stand {
  id: Id;
  ticket: Id;
  queue: Id;
  channel: string;
  live: boolean;
  came_live: boolean;
  state: "queued" | "offered" | "active" | "wrapping" | "done";
  agent: Id | null;
  units: number;
  came: number;
  due: number | null;
  answered: number | null;
  left: number | null;
  held: number | null;
  entered: number;
  version: number;
}

/** What came to a queue by a channel within one interval, and what became of it. */
export interface Tally {
  queue: Id;
  channel: string;
  slot: number;
  answered: number;
  met: number;
  left: number;
  left_early: number;
  left_short: number;
  live_answered: number;
  live_met: number;
  waited: number;
  /** Of live ones, by whole seconds. */
  waits: Record<string, number>;
}

export interface Seat {
  id: Id;
  duty: string;
  since: number;
  reason: string | null;
  teams: Id[];
  capacity: number;
  active: boolean;
  version: number;
}

export interface Alert {
  key: string;
  kind: "nobody" | "long_wait" | "below_target" | "not_answering" | "long_wrap" | "unknown_sends" | "door_down";
  /** A queue, an agent, a ticket or an inbox. */
  subject: Id;
  grave: boolean;
  since: number;
  count: number;
  /** Seconds, or percent, when it was said. */
  value: number;
  said: number;
  remedy: "lend" | "open_queue" | "make_available" | "open_agent" | "open_send" | "open_door";
  helper: Id | null;
}

export interface BoardNow {
  position: number;
  day: number;
  until: number;
  aims: Aims;
  ended: Id[];
  /** What each row of `works` tells, in this order. */
  columns: string[];
  works: unknown[][];
  tallies: Tally[];
  staff: Seat[];
  alerts?: Alert[];
}

export interface Told {
  position: number;
  type: string;
  facts: Record<string, unknown>;
}

/** As `crm_core/model/board.py` has them. */
const COLUMNS = ["id", "ticket", "queue", "channel", "live", "came_live", "state", "agent", "units", "came", "due", "answered", "left", "held", "entered", "version"] as const satisfies readonly (keyof Stand)[];

/** The work of a snapshot, which comes as rows: most of it is names otherwise. */
export function stands({ columns, works }: Pick<BoardNow, "columns" | "works">): Stand[] {
  return works.map((row) => {
    const stand: Record<string, unknown> = {};
    for (let at = 0; at < columns.length; at++) stand[columns[at] as string] = row[at];
    return stand as unknown as Stand;
  });
}

const WORK = new Set(["work.queued", "work.taken", "work.wrapping", "work.kept", "work.done", "offer.made"]);
const STAFF = new Set(["agent.added", "agent.changed"]);

export class Board {
  position: number;
  readonly day: number;
  readonly within: number;
  readonly works: Map<Id, Stand>;
  readonly tallies: Map<string, Tally>;
  readonly staff: Map<Id, Seat>;
  /** What stands in each queue, and what each member of staff has or is offered. */
  readonly inQueue = new Map<Id, Map<Id, Stand>>();
  readonly withAgent = new Map<Id, Map<Id, Stand>>();
  /** The tallies added up: of each queue, of each interval, and of the day. */
  readonly ofQueue = new Map<Id, Tally>();
  readonly ofSlot = new Map<number, Tally>();
  readonly ofDay = nothing("", "", 0);
  /** How often each queue and each member of staff was moved: who draws them looks again only then. */
  readonly moves = new Map<Id, number>();
  /** How many values an event touched so far: what a test counts. */
  touched = 0;
  readonly #ended: Set<Id>;

  constructor(from: Pick<BoardNow, "position" | "day" | "ended" | "tallies" | "staff"> & { works: readonly Stand[] }, within: number) {
    this.position = from.position;
    this.day = from.day;
    this.within = within * 1000;
    this.works = new Map();
    for (const stand of from.works) this.#put(stand);
    this.tallies = new Map(from.tallies.map((one) => [cell(one.queue, one.channel, one.slot), { ...one, waits: { ...one.waits } }]));
    for (const tally of from.tallies) for (const sum of this.#sums(tally.queue, tally.slot)) addUp(sum, tally);
    this.staff = new Map(from.staff.map((one) => [one.id, one]));
    this.#ended = new Set(from.ended);
  }

  /** One event more; whether it moved anything. Those it has heard already do not. */
  hear(event: Told): boolean {
    if (event.position <= this.position) return false;
    this.position = event.position;
    if (WORK.has(event.type)) return this.#stands(event.facts);
    if (STAFF.has(event.type)) return this.#sits(seatOf(event.facts));
    return event.type === "agent.duty" && this.#does(event.facts);
  }

  #stands(facts: Record<string, unknown>): boolean {
    const stand = standOf(facts.work as Facts);
    const hidden = (facts.row as { confidential?: boolean } | undefined)?.confidential;
    const known = this.works.get(stand.id);
    if (hidden || this.#ended.has(stand.id) || (known && known.version >= stand.version)) return false;
    if (known) this.#count(known, -1);
    this.#count(stand, 1);
    if (known) this.#drop(known);
    if (stand.state !== "done") this.#put(stand);
    this.#moved(stand.queue);
    this.touched += 1;
    return true;
  }

  #put(stand: Stand): void {
    this.works.set(stand.id, stand);
    among(this.inQueue, stand.queue).set(stand.id, stand);
    this.#moved(stand.queue);
    if (stand.agent === null) return;
    among(this.withAgent, stand.agent).set(stand.id, stand);
    this.#moved(stand.agent);
  }

  #drop(stand: Stand): void {
    this.works.delete(stand.id);
    this.inQueue.get(stand.queue)?.delete(stand.id);
    this.#moved(stand.queue);
    if (stand.agent === null) return;
    this.withAgent.get(stand.agent)?.delete(stand.id);
    this.#moved(stand.agent);
  }

  #moved(id: Id): void {
    this.moves.set(id, (this.moves.get(id) ?? 0) + 1);
  }

  #sits(seat: Seat): boolean {
    const known = this.staff.get(seat.id);
    if (known && known.version >= seat.version) return false;
    this.staff.set(seat.id, seat);
    this.#moved(seat.id);
    this.touched += 1;
    return true;
  }

  #does(facts: Record<string, unknown>): boolean {
    const { agent, duty, since, reason, version } = facts as { agent: Id; duty: string; since: string; reason: string | null; version: number };
    const known = this.staff.get(agent);
    return known !== undefined && this.#sits(version > known.version ? { ...known, duty, reason, version, since: Date.parse(since) } : known);
  }

  #count(stand: Stand, by: 1 | -1): void {
    const over = stand.answered ?? stand.left;
    if (over === null || stand.came < this.day) return;
    const slot = stand.came - (stand.came % SLOT);
    const key = cell(stand.queue, stand.channel, slot);
    const tally = this.tallies.get(key) ?? nothing(stand.queue, stand.channel, slot);
    this.tallies.set(key, tally);
    for (const sum of [tally, ...this.#sums(stand.queue, slot)]) add(sum, stand, { waited: over - stand.came, within: this.within, by });
    this.touched += 1;
    if (!tally.answered && !tally.left) this.tallies.delete(key);
  }

  #sums(queue: Id, slot: number): Tally[] {
    const ofQueue = this.ofQueue.get(queue) ?? nothing(queue, "", 0);
    const ofSlot = this.ofSlot.get(slot) ?? nothing("", "", slot);
    this.ofQueue.set(queue, ofQueue);
    this.ofSlot.set(slot, ofSlot);
    return [ofQueue, ofSlot, this.ofDay];
  }

  /** As a snapshot would carry it; for those who compare. */
  shown(): Omit<BoardNow, "until" | "aims" | "ended"> {
    return {
      position: this.position,
      day: this.day,
      columns: [...COLUMNS],
      works: [...this.works.values()].sort(byId).map((stand) => COLUMNS.map((column) => stand[column])),
      tallies: [...this.tallies.values()].sort((a, b) => compare(a.queue, b.queue) || compare(a.channel, b.channel) || a.slot - b.slot),
      staff: [...this.staff.values()].sort(byId),
    };
  }
}

function add(tally: Tally, stand: Stand, { waited, within, by }: { waited: number; within: number; by: 1 | -1 }): void {
  if (stand.left !== null) {
    tally.left += by;
    if (waited <= within) tally.left_early += by;
    if (waited <= SHORT) tally.left_short += by;
    return;
  }
  const inTime = stand.came_live ? waited <= within : stand.due === null || stand.came + waited <= stand.due;
  tally.answered += by;
  if (inTime) tally.met += by;
  if (!stand.came_live) return;
  tally.live_answered += by;
  if (inTime) tally.live_met += by;
  tally.waited += by * waited;
  const seconds = String(Math.floor(waited / 1000));
  const many = (tally.waits[seconds] ?? 0) + by;
  if (many) tally.waits[seconds] = many;
  else delete tally.waits[seconds];
}

const COUNTS = ["answered", "met", "left", "left_early", "left_short", "live_answered", "live_met", "waited"] as const;

function addUp(sum: Tally, tally: Tally): void {
  for (const count of COUNTS) sum[count] += tally[count];
  for (const [seconds, many] of Object.entries(tally.waits)) sum.waits[seconds] = (sum.waits[seconds] ?? 0) + many;
}

function among<T>(groups: Map<Id, Map<Id, T>>, key: Id): Map<Id, T> {
  const group = groups.get(key) ?? new Map<Id, T>();
  groups.set(key, group);
  return group;
}

function nothing(queue: Id, channel: string, slot: number): Tally {
  return { queue, channel, slot, answered: 0, met: 0, left: 0, left_early: 0, left_short: 0, live_answered: 0, live_met: 0, waited: 0, waits: {} };
}

type Facts = Record<string, unknown> & { virtual_start: string; entered_at: string };

function standOf(facts: Facts): Stand {
  const { id, ticket, queue, channel, live, came_live, state, agent, units, version } = facts as unknown as Stand;
  return {
    ...{ id, ticket, queue, channel, live, came_live, state, agent, units, version },
    came: Date.parse(facts.virtual_start),
    due: maybe(facts.due_at),
    answered: maybe(facts.answered_at),
    left: maybe(facts.left_at),
    held: maybe(facts.held_at),
    entered: Date.parse(facts.entered_at),
  };
}

function seatOf(facts: Record<string, unknown>): Seat {
  const { agent, duty, duty_since, duty_reason, teams, capacity, active, version } = facts as {
    agent: Id;
    duty: string;
    duty_since: string;
    duty_reason: string | null;
    teams: Id[];
    capacity: { total: number };
    active: boolean;
    version: number;
  };
  return { id: agent, duty, since: Date.parse(duty_since), reason: duty_reason, teams, capacity: capacity.total, active, version };
}

function maybe(said: unknown): number | null {
  return typeof said === "string" ? Date.parse(said) : null;
}

function cell(queue: Id, channel: string, slot: number): string {
  return `${queue}|${channel}|${slot}`;
}

function byId(a: { id: Id }, b: { id: Id }): number {
  return compare(a.id, b.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
