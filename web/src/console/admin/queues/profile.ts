/** What a queue's profile and the house's aims may be, and what they say in words. */

import type { Variant } from "@shared/board";
import type { Agent, Id, Queue } from "@shared/words";
import type { AdminWords } from "../../words/admin";
import type { Problems } from "./kept.svelte";

type Words = AdminWords["queuesPage"];

/** A length of time in seconds; null where none is given, or what is typed is no number. */
export type Seconds = number | null;

export interface Profile {
  rings: { after: Seconds; skill: string | null; least: number }[];
  hold: Seconds;
  handle: Seconds;
  overflow: Id | null;
  overflow_after: Seconds;
  wrap_up: Seconds;
}

export interface Wanted {
  within: Seconds;
  /** In percent. */
  share: number | null;
  variant: Variant;
  longest: Seconds;
  wrap_up: Seconds;
}

const WEEK = 7 * 86_400;
export const MOST_RINGS = 10;
export const HOLD_MOST = 30;
export const LEVELS = [0, 1, 2, 3, 4, 5] as const;
export const VARIANTS: readonly Variant[] = ["sl1", "sl2", "sl3", "sl4", "sl5"];
const LIMITS = { hold: [0, HOLD_MOST], handle: [1, 86_400], overflow_after: [1, WEEK], wrap_up: [0, 3600], within: [1, 3600], longest: [1, 86_400], limit: [1, 86_400] } as const;

export function profileOf(queue: Queue): Profile | null {
  return queue.profile ? structuredClone(queue.profile) : null;
}

export function checkProfile(one: Profile, t: Words): Problems {
  const found: Record<string, string> = {};
  one.rings.forEach((ring, index) => between(found, `rings.${index}.after`, ring.after, [0, WEEK], t));
  between(found, "hold", one.hold, LIMITS.hold, t);
  if (one.handle !== null) between(found, "handle", one.handle, LIMITS.handle, t);
  if (one.overflow !== null) between(found, "overflow_after", one.overflow_after, LIMITS.overflow_after, t);
  between(found, "wrap_up", one.wrap_up, LIMITS.wrap_up, t);
  return found;
}

export function checkAims(one: Wanted, t: Words): Problems {
  const found: Record<string, string> = {};
  between(found, "within", one.within, LIMITS.within, t);
  between(found, "longest", one.longest, LIMITS.longest, t);
  between(found, "wrap_up", one.wrap_up, LIMITS.limit, t);
  if (one.share === null || !Number.isInteger(one.share) || one.share < 1 || one.share > 100) found.share = t.percent;
  if (!found.within && !found.longest && (one.longest ?? 0) < (one.within ?? 0)) found.longest = t.longestShort;
  return found;
}

function between(found: Record<string, string>, field: string, value: Seconds, [least, most]: readonly [number, number], t: Words): void {
  if (value === null || !Number.isFinite(value)) found[field] = t.number;
  else if (value < least || value > most) found[field] = t.between(t.length(least), t.length(most));
}

/** What it does, a sentence for each thing. */
export function inWords(one: Profile, { named, t }: { named: (queue: Id) => string; t: Words }): string[] {
  const rings = [...one.rings].filter((ring) => (ring.after ?? -1) >= 0).sort((a, b) => (a.after ?? 0) - (b.after ?? 0));
  return [
    (one.hold ?? 0) > 0 ? t.says.hold(t.length(one.hold ?? 0)) : t.says.noHold,
    ...rings.map((ring) => t.says.ring(t.length(ring.after ?? 0), ring.skill, ring.least)),
    one.overflow && (one.overflow_after ?? 0) > 0 ? t.says.overflow(t.length(one.overflow_after ?? 0), named(one.overflow)) : t.says.noOverflow,
    ...((one.handle ?? 0) > 0 ? [t.says.presses(t.length(2 * (one.handle ?? 0)))] : []),
    (one.wrap_up ?? 0) > 0 ? t.says.wrapUp(t.length(one.wrap_up ?? 0)) : t.says.noWrapUp,
  ];
}

/** The skills that somebody has, and those a ring names already. */
export function knownSkills(agents: readonly Agent[], one: Profile): string[] {
  const named = [...agents.flatMap((agent) => Object.keys(agent.skills)), ...one.rings.flatMap((ring) => ring.skill ?? [])];
  return [...new Set(named)].sort();
}
