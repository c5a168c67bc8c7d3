/** What the board draws of its fold: worked out at each paint, from what stands and from sums. */

import { SLOT, type Aims, type Board, type Seat, type Stand, type Tally } from "@shared/board";
import { fraction, percent, percentile, type Service } from "@shared/levels";
import type { Id, Queue } from "@shared/words";

export const SOON = 3_600_000;
/** Amber from this share of the longest wait on. */
const HALF = 0.5;

export type Pressure = "calm" | "soon" | "late";
export type Does = "available" | "busy" | "wrap_up" | "break" | "lunch" | "training" | "away" | "offline";

export interface CellFigure {
  waiting: number;
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

export function waits(stand: Stand): boolean {
  return stand.state === "queued" || stand.state === "offered";
}

export function figures(board: Board, { aims, queues, now }: { aims: Aims; queues: readonly Queue[]; now: number }): Figures {
  const standing = grouped(board.works.values(), (stand) => stand.queue);
  const tallies = grouped(board.tallies.values(), (tally) => tally.queue);
  const seats = seated(board, aims, now);
  return {
    headline: headline(board, aims, now),
    rows: queues.map((queue) => row(queue, standing.get(queue.id) ?? [], tallies.get(queue.id) ?? [], { seats, aims, board, now })),
    seats,
  };
}

interface Around {
  seats: readonly SeatFigure[];
  aims: Aims;
  board: Board;
  now: number;
}

function row(queue: Queue, standing: readonly Stand[], tallies: readonly Tally[], { seats, aims, board, now }: Around): RowFigure {
  const waiting = standing.filter(waits);
  const here = seats.filter(({ seat }) => seat.teams.includes(queue.team) && seat.duty !== "offline");
  const sums = summed(tallies);
  sums.overdue = waiting.filter((stand) => isOverdue(stand, board, now)).length;
  const cells = new Map([...grouped(waiting, (stand) => stand.channel)].map(([channel, some]) => [channel, cell(some, aims, now)]));
  return {
    queue,
    cells,
    waiting: waiting.length,
    held: standing.filter((stand) => stand.state === "active").length,
    wrapping: standing.filter((stand) => stand.state === "wrapping").length,
    ready: here.filter((one) => one.does === "available").length,
    seated: here.length,
    answered: sums.answered,
    left: sums.left,
    target: percent(fraction(sums, aims.variant)),
    late: [...cells.values()].filter((one) => one.pressure === "late").length,
  };
}

function cell(some: readonly Stand[], aims: Aims, now: number): CellFigure {
  const oldest = Math.min(...some.map((stand) => stand.came));
  const presses = some.map((stand) => pressure(stand, aims, now));
  return { waiting: some.length, live: some.some((stand) => stand.live), oldest, pressure: presses.includes("late") ? "late" : presses.includes("soon") ? "soon" : "calm" };
}

/** Live: by how long they wait; written: by its promise. */
function pressure(stand: Stand, aims: Aims, now: number): Pressure {
  if (stand.live) {
    const waited = (now - stand.came) / 1000;
    return waited > aims.longest ? "late" : waited > aims.longest * HALF ? "soon" : "calm";
  }
  if (stand.due === null) return "calm";
  return stand.due < now ? "late" : stand.due < now + SOON ? "soon" : "calm";
}

function headline(board: Board, aims: Aims, now: number): Headline {
  const live = [...board.works.values()].filter((stand) => stand.live && waits(stand));
  const written = [...board.works.values()].filter((stand) => !stand.live && waits(stand) && stand.due !== null && stand.due < now + SOON);
  const sums = liveOnly([...board.tallies.values()]);
  sums.overdue = live.filter((stand) => isOverdue(stand, board, now)).length;
  const spread = spreadOf(board.tallies.values());
  const waited = [...board.tallies.values()].reduce((sum, tally) => sum + tally.waited, 0);
  const first = live.reduce<Stand | null>((oldest, stand) => (oldest && oldest.came <= stand.came ? oldest : stand), null);
  return {
    target: percent(fraction(sums, aims.variant)),
    answered: sums.answered,
    left: sums.left,
    offered: sums.answered + sums.left,
    waiting: live.length,
    byChannel: counted(live),
    longest: first && { queue: first.queue, channel: first.channel, came: first.came },
    dueSoon: written.length,
    unowned: written.filter((stand) => stand.agent === null).length,
    average: sums.answered ? waited / 1000 / sums.answered : null,
    median: percentile(spread, 0.5),
    p90: percentile(spread, 0.9),
    most: spread.size ? Math.max(...spread.keys()) : null,
    line: line(board, aims),
  };
}

/** Past the limit it is missed already; attributed to the day on which it came. */
function isOverdue(stand: Stand, board: Board, now: number): boolean {
  if (stand.came < board.day || stand.answered !== null || stand.left !== null) return false;
  return stand.came_live ? now - stand.came > board.within : stand.due !== null && stand.due < now;
}

function summed(tallies: readonly Tally[]): Service {
  const sums: Service = { answered: 0, met: 0, left: 0, left_early: 0, left_short: 0, overdue: 0 };
  for (const tally of tallies) {
    sums.answered += tally.answered;
    sums.met += tally.met;
    sums.left += tally.left;
    sums.left_early += tally.left_early;
    sums.left_short += tally.left_short;
  }
  return sums;
}

function liveOnly(tallies: readonly Tally[]): Service {
  return summed(tallies.map((tally) => ({ ...tally, answered: tally.live_answered, met: tally.live_met })));
}

function line(board: Board, aims: Aims): { slot: number; percent: number }[] {
  const slots = grouped(board.tallies.values(), (tally) => tally.slot);
  return [...slots]
    .sort(([a], [b]) => a - b)
    .flatMap(([slot, some]) => {
      const share = percent(fraction(liveOnly(some), aims.variant));
      return share === null ? [] : [{ slot: slot + SLOT, percent: share }];
    });
}

function spreadOf(tallies: Iterable<Tally>): Map<number, number> {
  const spread = new Map<number, number>();
  for (const tally of tallies)
    for (const [seconds, many] of Object.entries(tally.waits)) spread.set(Number(seconds), (spread.get(Number(seconds)) ?? 0) + many);
  return spread;
}

/** Over a limit first, then longest in what they do; who is gone is not drawn. */
function seated(board: Board, aims: Aims, now: number): SeatFigure[] {
  const holding = grouped([...board.works.values()].filter((stand) => stand.agent !== null && stand.state !== "queued"), (stand) => stand.agent as Id);
  return [...board.staff.values()]
    .filter((seat) => seat.active && seat.duty !== "offline")
    .map((seat) => seatFigure(seat, holding.get(seat.id) ?? [], aims, now))
    .sort((a, b) => Number(b.long) - Number(a.long) || a.since - b.since);
}

function seatFigure(seat: Seat, all: readonly Stand[], aims: Aims, now: number): SeatFigure {
  const holds = all.filter((stand) => stand.state !== "offered");
  const wraps = holds.filter((stand) => stand.state === "wrapping");
  const load = all.reduce((sum, stand) => sum + stand.units, 0);
  const does: Does = seat.duty !== "available" ? (seat.duty as Does) : wraps.length ? "wrap_up" : holds.length ? "busy" : "available";
  const begun = seat.duty !== "available" ? [seat.since] : does === "wrap_up" ? wraps.map((stand) => stand.entered) : does === "busy" ? holds.map((stand) => stand.held ?? stand.entered) : [seat.since];
  const since = Math.min(...begun);
  return { seat, does, since, holds, load, long: does === "wrap_up" && now - since > aims.wrap_up * 1000 };
}

function counted(some: readonly Stand[]): Map<string, number> {
  return new Map([...grouped(some, (stand) => stand.channel)].map(([channel, those]) => [channel, those.length]));
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
