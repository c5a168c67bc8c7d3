/** A small line of weeks: where its points stand, and where it breaks. */

export interface Week {
  begins: string;
  tickets: number;
  parts: Record<string, number | null>;
  score: number | null;
}

export interface Axis {
  low: number;
  high: number;
  ticks: readonly number[];
}

const STEP = 10;
const ROOM = 3;
const LEAST = 40;
const MOST_TICKS = 5;

/** From below the least to above the greatest, in tens, and so far apart that a point up or down looks like one. */
export function axisOf(scores: readonly number[]): Axis {
  const least = Math.min(100, ...scores);
  const most = Math.max(0, ...scores);
  const high = Math.min(100, Math.ceil((most + ROOM) / STEP) * STEP);
  const low = Math.max(0, Math.min(high - LEAST, Math.floor((least - ROOM) / STEP) * STEP));
  const step = Math.ceil((high - low) / STEP / MOST_TICKS) * STEP;
  const ticks = [];
  for (let tick = high; tick >= low; tick -= step) ticks.push(tick);
  return { low, high, ticks: ticks.reverse() };
}

/** The path of a line, lifted where a week has no score; a week alone is a dot, so it is a line of no length. */
export function pathOf(weeks: readonly Week[], x: (week: number) => number, y: (score: number) => number): string {
  let down = false;
  const parts = weeks.flatMap((week, place) => {
    if (week.score === null) {
      down = false;
      return [];
    }
    const step = `${down ? "L" : "M"}${x(place).toFixed(1)} ${y(week.score).toFixed(1)}`;
    const alone = !down && (weeks[place + 1]?.score ?? null) === null;
    down = true;
    return alone ? [step, "h0"] : [step];
  });
  return parts.join("");
}

/** The newest score, and how much it changed since the first one there is. */
export function changeOf(weeks: readonly Week[]): { last: number; by: number } | null {
  const known = weeks.map((week) => week.score).filter((score) => score !== null);
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) return null;
  return { last: Math.round(last), by: Math.round(last) - Math.round(first) };
}
