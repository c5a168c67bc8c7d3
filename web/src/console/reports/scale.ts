/** Where on a plot a figure lies: 0 at its start, 100 at its end. */

import type { Cell, Measure, Row } from "./report";

export interface Tick {
  at: number;
  value: number;
}

export interface Scale {
  place: (value: number) => number;
  ticks: readonly Tick[];
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ROUND = [1, 10, MINUTE, 10 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 4 * DAY, 7 * DAY, 28 * DAY, 365 * DAY];
/** A logarithmic plot spans at least this much, so that a small difference does not look like a great one. */
const SPAN = 20;
const STEPS = [10, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 5 * DAY, 10 * DAY, 30 * DAY, 90 * DAY];
/** Free room at both ends, in percent of the plot, so that no dot is cut. */
const MARGIN = 4;
const INNER = 100 - 2 * MARGIN;
/** Between ticks, in percent at least, and in pixels for their words. */
const APART = 24;
const WORDS = 42;
/** Pixels of a plot that has room for as many ticks as there ever are. */
export const WIDE = (100 * WORDS) / APART;

/** First answers differ a thousandfold (a call, a letter): logarithmic. `room` is how wide the plot is, in pixels. */
export function scaleOf(measure: Measure, rows: readonly Row[], room = WIDE): Scale {
  const values = rows.flatMap((row) => figures(row.measures[measure.name], measure.name === "first" ? row.promise.promised : null));
  if (measure.scale === "points") return linear(Math.floor(Math.min(3, ...values)), 5, 1);
  const most = Math.max(MINUTE, ...values);
  const apart = Math.max(APART, (100 * WORDS) / Math.max(1, room));
  return measure.name === "first" ? logarithmic(Math.max(1, Math.min(most / SPAN, ...values)), most, apart) : linear(0, most, stepFor(most, apart));
}

function figures(cell: Cell | undefined, promised: number | null): number[] {
  return [cell?.amount, ...(cell?.interval ?? []), ...(cell?.range ?? []), promised].filter((one): one is number => typeof one === "number" && one > 0);
}

function stepFor(most: number, apart: number): number {
  return STEPS.find((step) => (step / most) * INNER >= apart) ?? most;
}

function linear(low: number, high: number, step: number): Scale {
  const place = (value: number): number => inside((value - low) / (high - low || 1));
  const count = Math.floor((high - low) / step + 1e-9);
  return { place, ticks: Array.from({ length: count + 1 }, (_, at) => ({ value: low + at * step, at: place(low + at * step) })) };
}

function logarithmic(low: number, high: number, apart: number): Scale {
  const span = Math.log(high / low) || 1;
  const place = (value: number): number => inside(Math.log(Math.max(value, low) / low) / span);
  const ticks: Tick[] = [];
  for (const value of ROUND.filter((one) => one >= low && one <= high)) {
    const at = place(value);
    if (at - (ticks.at(-1)?.at ?? -apart) >= apart) ticks.push({ value, at });
  }
  return { place, ticks };
}

function inside(part: number): number {
  return MARGIN + Math.min(1, Math.max(0, part)) * INNER;
}
