/** What is odd about a message, in words; a flag may say more after a colon ("automatic: vacation"). */

import { calendarDay } from "../words/format";
import { tongue } from "../words/words.svelte";

export interface Odd {
  label: string;
  whole: string;
}

export function oddities(flags: readonly string[]): Odd[] {
  const words: Record<string, string> = tongue.t.timeline.flags;
  return flags.map((flag) => {
    const [kind, more = ""] = flag.split(": ") as [string, string?];
    const why = kind === "not acknowledged" ? (tongue.t.acks.why as Record<string, string>)[more] : undefined;
    const label = words[kind.split(":")[0] as string] ?? flag;
    if (kind === "received") return { label: `${label} ${calendarDay(more, tongue.locale)}`, whole: `${label} ${more}` };
    return why ? { label: `${label}: ${why}`, whole: why } : { label, whole: flag };
  });
}
