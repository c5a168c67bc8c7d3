/** The words of these pages: they come with the pages, for the first view does without them. */

import { prefs } from "../desk/prefs.svelte";
import { entering as en } from "../words/en/entering";
import { entering as zh } from "../words/zh/entering";

export const said = (): typeof en => (prefs.language === "zh" ? (zh as typeof en) : en);
