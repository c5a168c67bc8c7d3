/** The words of a dialog that few open: they come with it. */

import { prefs } from "../desk/prefs.svelte";
import { confide as en } from "./en/confide";
import type { Widened } from "./widened";
import { confide as zh } from "./zh/confide";

export const confide = (): Widened<typeof en> => (prefs.language === "zh" ? zh : en);
