/** The words of the telephone, in this person's language: both come with the bar, which most desks never load. */

import { prefs } from "../desk/prefs.svelte";
import { calls as en } from "../words/en/calls";
import { calls as zh } from "../words/zh/calls";
import type { Widened } from "../words/widened";

export const said = {
  get t(): Widened<typeof en> {
    return prefs.language === "zh" ? zh : en;
  },
};
