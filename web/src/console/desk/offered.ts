/** What is held out to me, in the order in which it is shown and answered: who speaks before what is written, then what ends first. */

import type { Offer } from "@shared/words";
import { desk } from "./desk.svelte";
import { isSpoken } from "./spoken";

export function offered(): Offer[] {
  return Object.values(desk.state.offers).sort((a, b) => Number(isSpoken(b.row.channel)) - Number(isSpoken(a.row.channel)) || (a.expires_at < b.expires_at ? -1 : 1));
}
