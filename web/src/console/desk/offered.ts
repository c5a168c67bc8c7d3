/** What is held out to me, in the order in which it is shown and answered: who speaks before what is written, then what ends first. */

import type { Offer } from "@shared/words";
import { desk } from "./desk.svelte";
import { isCalling } from "./spoken";

export function offered(): Offer[] {
  return Object.values(desk.state.offers).sort((a, b) => Number(isCalling(b.row)) - Number(isCalling(a.row)) || (a.expires_at < b.expires_at ? -1 : 1));
}
