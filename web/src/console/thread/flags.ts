/** What is odd about a message, in words; a flag may say more after a colon ("automatic: vacation"). */

import { tongue } from "../words/words.svelte";

export interface Odd {
  label: string;
  whole: string;
}

export function oddities(flags: readonly string[]): Odd[] {
  const words: Record<string, string> = tongue.t.timeline.flags;
  return flags.map((flag) => ({ label: words[flag.split(":")[0] as string] ?? flag, whole: flag }));
}
