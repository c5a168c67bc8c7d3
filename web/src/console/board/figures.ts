/**
 * What the board draws of its fold. A queue or a member of staff is worked out again only
 * after an event moved it, or once the clock passes the next moment at which something of
 * it turns (a wait its limit, a promise its end). What did not change is the same object.
 */

import { SLOT, type Aims, type Board, type Seat, type Stand, type Tally } from "@shared/board";
import { fraction, percent, percentile, type Service } from "@shared/levels";
import type { Id, Queue } from "@shared/words";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
export const SOON = HOUR;
/** Amber from this share of the longest wait on. */
const HALF = 0.5;

export type Pressure = "calm" | "soon" | "late";
export type Does = "available" | "busy" | "wrap_up" | "break" | "lunch" | "training" | "away" | "offline";

export interface CellFigure {
  /** Without those who were there and are gone. */
  waiting: number;
  /** Whoever hung up, or left, before anybody was there for them: they are called back, or answered. */
  gone: number;
  /** Whether somebody is there now: their wait is told by the second. */
  live: boolean;
  /** When the one who waits longest came. */
  oldest: number | null;
  pressure: Pressure;
}

export interface RowFigure {
  queue: Queue;
  cells: ReadonlyMap<string, CellFigure>;
  waiting: number;
  held: number;
  wrapping: number;
  ready: number;
  seated: number;
  answered: number;
  left: number;
  target: number | null;
  late: number;
}

export interface SeatFigure {
  seat: Seat;
  does: Does;
  since: number;
  /** What they have, by channel. */
  holds: readonly Stand[];
  load: number;
  /** Somebody is on the line, and nothing fits beside them. */
  full: boolean;
  long: boolean;
}

export interface Headline {
  target: number | null;
  answered: number;
  left: number;
  offered: number;
  waiting: number;
  byChannel: ReadonlyMap<string, number>;
  longest: { queue: Id; channel: string; came: number } | null;
  dueSoon: number;
  unowned: number;
  average: number | null;
  median: number | null;
  p90: number | null;
  most: number | null;
  /** Percent in target for each quarter of an hour of today in which somebody came. */
  line: readonly { slot: number; percent: number }[];
}

export interface Figures {
  headline: Headline;
  rows: readonly RowFigure[];
  seats: readonly SeatFigure[];
}

/** The worst queue first. */
export function worse(a: RowFigure, b: RowFigure): number {
  return b.late - a.late || (a.target ?? 101) - (b.target ?? 101) || b.waiting - a.waiting;
}

/** How long somebody waits, as short as a cell is. */
export function shortly(ms: number, t: Record<"minutes" | "hours" | "day", (n: number) => string>): string {
  const hours = Math.floor(ms / HOUR);
  return hours < 1 ? t.minutes(Math.floor(ms / MINUTE)) : hours < 48 ? t.hours(hours) : t.day(Math.floor(hours / 24));
}

export function waits(stand: Stand): boolean {
  return stand.state === "queued" || stand.state === "offered";
}

export class Figuring {
  readonly #queues = new Map<Id, Kept<Standing>>();
  readonly #rows = new Map<Id, { of: Standing; row: RowFigure }>();
  readonly #seats = new Map<Id, Kept<SeatFigure>>();

  constructor(
    readonly board: Board,
    readonly aims: Aims,
  ) {}

  at(now: number, queues: readonly Queue[]): Figures {
    const seats = this.#seated(now);
    return { headline: this.#headline(now), rows: queues.map((queue) => this.#row(queue, seats, now)), seats };
  }

  #row(queue: Queue, seats: readonly SeatFigure[], now: number): RowFigure {
    const of = this.#standing(queue.id, now);
    const here = seats.filter(({ seat }) => seat.teams.includes(queue.team));
    const ready = here.filter((one) => one.does === "available").length;
    const known = this.#rows.get(queue.id);
    if (known && known.of === of && known.row.queue === queue && known.row.ready === ready && known.row.seated === here.length) return known.row;
    const sums = { ...(this.board.ofQueue.get(queue.id) ?? NOTHING), overdue: of.overdue };
    const target = percent(fraction(sums, this.aims.variant));
    const row = { ...of.drawn, queue, ready, seated: here.length, answered: sums.answered, left: sums.left, target };
    this.#rows.set(queue.id, { of, row });
    return row;
  }

  #standing(queue: Id, now: number): Standing {
    return this.#kept(this.#queues, queue, now, (turns) => standing(this.board.inQueue.get(queue)?.values() ?? [], { board: this.board, aims: this.aims, turns }));
  }

  #headline(now: number): Headline {
    const all = [...this.board.inQueue.keys()].map((queue) => this.#standing(queue, now));
    const { ofDay } = this.board;
    const sums = liveOnly(ofDay, sum(all, (one) => one.liveOverdue));
    const spread = new Map(Object.entries(ofDay.waits).map(([seconds, many]) => [Number(seconds), many]));
    const first = all.reduce<Stand | null>((oldest, { first }) => (!first || (oldest && oldest.came <= first.came) ? oldest : first), null);
    return {
      target: percent(fraction(sums, this.aims.variant)),
      answered: sums.answered,
      left: sums.left,
      offered: sums.answered + sums.left,
      waiting: sum(all, (one) => one.live),
      byChannel: added(all.map((one) => one.liveByChannel)),
      longest: first && { queue: first.queue, channel: first.channel, came: first.came },
      dueSoon: sum(all, (one) => one.dueSoon),
      unowned: sum(all, (one) => one.unowned),
      average: sums.answered ? ofDay.waited / 1000 / sums.answered : null,
      median: percentile(spread, 0.5),
      p90: percentile(spread, 0.9),
      most: spread.size ? Math.max(...spread.keys()) : null,
      line: this.#line(),
    };
  }

  #line(): { slot: number; percent: number }[] {
    return [...this.board.ofSlot.values()]
      .sort((a, b) => a.slot - b.slot)
      .flatMap((tally) => {
        const share = percent(fraction(liveOnly(tally, 0), this.aims.variant));
        return share === null ? [] : [{ slot: tally.slot + SLOT, percent: share }];
      });
  }

  /** Over a limit first, then longest in what they do; who is gone is not drawn. */
  #seated(now: number): SeatFigure[] {
    return [...this.board.staff.values()]
      .filter((seat) => seat.active && seat.duty !== "offline")
      .map((seat) => this.#kept(this.#seats, seat.id, now, (turns) => seatFigure(seat, this.board.withAgent.get(seat.id)?.values() ?? [], this.aims, turns)))
      .sort((a, b) => Number(b.long) - Number(a.long) || a.since - b.since);
  }

  #kept<T>(among: Map<Id, Kept<T>>, id: Id, now: number, work: (turns: Turns) => T): T {
    const moves = this.board.moves.get(id) ?? 0;
    const known = among.get(id);
    if (known && known.moves === moves && known.from <= now && now <= known.until) return known.value;
    const turns = new Turns(now);
    const value = work(turns);
    among.set(id, { moves, from: now, until: turns.next, value });
    return value;
  }
}

interface Kept<T> {
  /** What the board had counted of it by then. */
  moves: number;
  from: number;
  until: number;
  value: T;
}

/** Asks whether a moment is past, and remembers the next one that is not. */
class Turns {
  next = Infinity;

  constructor(readonly now: number) {}

  past(moment: number): boolean {
    if (this.now > moment) return true;
    this.next = Math.min(this.next, moment);
    return false;
  }
}

/** What waits in one queue or is in hand there, and what of it the headline adds up. */
interface Standing {
  drawn: Pick<RowFigure, "cells" | "waiting" | "held" | "wrapping" | "late">;
  overdue: number;
  live: number;
  liveByChannel: ReadonlyMap<string, number>;
  liveOverdue: number;
  first: Stand | null;
  dueSoon: number;
  unowned: number;
}

function standing(stands: Iterable<Stand>, { board, aims, turns }: { board: Board; aims: Aims; turns: Turns }): Standing {
  const all = [...stands];
  const waiting = all.filter(waits);
  const live = waiting.filter((stand) => stand.live);
  const soon = waiting.filter((stand) => !stand.live && stand.due !== null && turns.past(stand.due - SOON));
  const overdue = waiting.filter((stand) => isOverdue(stand, board, turns));
  const byChannel = grouped(waiting, (stand) => stand.channel);
  const cells = new Map([...byChannel].map(([channel, some]) => [channel, cell(some, aims, turns)]));
  return {
    drawn: {
      cells,
      waiting: waiting.length,
      held: count(all, (stand) => stand.state === "active"),
      wrapping: count(all, (stand) => stand.state === "wrapping"),
      late: count([...cells.values()], (one) => one.pressure === "late"),
    },
    overdue: overdue.length,
    live: live.length,
    liveByChannel: new Map([...grouped(live, (stand) => stand.channel)].map(([channel, some]) => [channel, some.length])),
    liveOverdue: count(overdue, (stand) => stand.live),
    first: live.reduce<Stand | null>((oldest, stand) => (oldest && oldest.came <= stand.came ? oldest : stand), null),
    dueSoon: soon.length,
    unowned: count(soon, (stand) => stand.agent === null),
  };
}

function cell(some: readonly Stand[], aims: Aims, turns: Turns): CellFigure {
  const gone = some.filter((stand) => stand.came_live && !stand.live);
  const there = some.filter((stand) => stand.live);
  /** Whose wait is told: theirs who are there, if anybody is. */
  const told = there.length ? there : some;
  const oldest = told.reduce((first, { came }) => Math.min(first, came), Infinity);
  const presses = new Set(some.map((stand) => pressure(stand, aims, turns)));
  return { waiting: some.length - gone.length, gone: gone.length, live: there.length > 0, oldest, pressure: presses.has("late") ? "late" : presses.has("soon") ? "soon" : "calm" };
}

/** Live: by how long they wait; written: by its promise. */
function pressure(stand: Stand, aims: Aims, turns: Turns): Pressure {
  if (!stand.live && stand.due === null) return "calm";
  const limit = stand.live ? aims.longest * 1000 : SOON;
  const late = stand.live ? stand.came + limit : (stand.due as number);
  const soon = stand.live ? stand.came + limit * HALF : late - limit;
  return turns.past(late) ? "late" : turns.past(soon) ? "soon" : "calm";
}

/** Past the limit it is missed already; attributed to the day on which it came. */
function isOverdue(stand: Stand, board: Board, turns: Turns): boolean {
  if (stand.came < board.day || stand.answered !== null || stand.left !== null) return false;
  if (stand.came_live) return turns.past(stand.came + board.within);
  return stand.due !== null && turns.past(stand.due);
}

const NOTHING: Service = { answered: 0, met: 0, left: 0, left_early: 0, left_short: 0, overdue: 0 };

function liveOnly({ live_answered, live_met, left, left_early, left_short }: Tally, overdue: number): Service {
  return { answered: live_answered, met: live_met, left, left_early, left_short, overdue };
}

function seatFigure(seat: Seat, having: Iterable<Stand>, aims: Aims, turns: Turns): SeatFigure {
  const all = [...having].filter((stand) => stand.state !== "queued");
  const holds = all.filter((stand) => stand.state !== "offered");
  const wraps = holds.filter((stand) => stand.state === "wrapping");
  const load = sum(all, (stand) => stand.units);
  const does: Does = seat.duty !== "available" ? (seat.duty as Does) : wraps.length ? "wrap_up" : holds.length ? "busy" : "available";
  const begun = seat.duty !== "available" ? [seat.since] : does === "wrap_up" ? wraps.map((stand) => stand.entered) : does === "busy" ? holds.map((stand) => Math.max(seat.since, stand.held ?? stand.entered)) : [seat.since];
  const since = Math.min(...begun);
  const full = load >= seat.capacity && holds.some((stand) => stand.units > 1);
  return { seat, does, since, holds, load, full, long: does === "wrap_up" && turns.past(since + aims.wrap_up * 1000) };
}

function count<T>(all: readonly T[], which: (one: T) => boolean): number {
  return sum(all, (one) => Number(which(one)));
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}

function added(all: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const total = new Map<string, number>();
  for (const one of all) for (const [key, many] of one) total.set(key, (total.get(key) ?? 0) + many);
  return total;
}

export function grouped<K, T>(all: Iterable<T>, key: (one: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const one of all) {
    const group = groups.get(key(one));
    if (group) group.push(one);
    else groups.set(key(one), [one]);
  }
  return groups;
}
