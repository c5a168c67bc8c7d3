/** The words of a dialog that few open: they come with it. */

import { prefs } from "../desk/prefs.svelte";
import { away as en } from "./en/away";
import type { Widened } from "./widened";
import { away as zh } from "./zh/away";

export const away = (): Widened<typeof en> => (prefs.language === "zh" ? zh : en);
