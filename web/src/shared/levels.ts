/** Service level and waits, as `crm_core/rules/levels.py` has them: of sums, never of percentages. */

import type { Variant } from "./board";

/** The counts behind one service level; `overdue` still wait and can no longer be met. */
export interface Service {
  answered: number;
  met: number;
  left: number;
  left_early: number;
  left_short: number;
  overdue: number;
}

/** Numerator and denominator. */
export function fraction(of: Service, variant: Variant): [number, number] {
  const { answered, met, left, left_early, left_short, overdue } = of;
  switch (variant) {
    case "sl1":
      return [met + left_early, answered + left + overdue];
    case "sl2":
      return [met, answered + overdue];
    case "sl3":
      return [met, answered + left + overdue];
    case "sl4":
      return [met, answered + left - left_early + overdue];
    case "sl5":
      return [met + left_short, answered + left + overdue];
  }
}

/** In percent, or null of nothing. */
export function percent([met, of]: [number, number]): number | null {
  return of > 0 ? (100 * met) / of : null;
}

/** The smallest wait, in seconds, within which at least this share of them lies; null of none. */
export function percentile(waits: ReadonlyMap<number, number>, share: number): number | null {
  const total = [...waits.values()].reduce((sum, many) => sum + many, 0);
  let seen = 0;
  for (const seconds of [...waits.keys()].sort((a, b) => a - b)) {
    seen += waits.get(seconds) as number;
    if (seen >= share * total) return seconds;
  }
  return null;
}
