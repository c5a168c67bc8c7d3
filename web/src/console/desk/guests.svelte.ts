/** Which visitors are at the other end of a talk now, and who is typing: passing signs, never kept. */

import { SvelteMap } from "svelte/reactivity";
import type { GuestSign, Id } from "@shared/words";
import { clock } from "./clock.svelte";

const TYPING = 5000;
/** A sign that was not said again for so long is over; the server says it every ten seconds. */
const LASTS = 30_000;

class Guests {
  readonly #heard = new SvelteMap<Id, { here: number; typed: number }>();

  hear(signs: readonly GuestSign[]): void {
    for (const { ticket, kind } of signs) {
      if (kind === "gone") this.#heard.delete(ticket);
      else this.#heard.set(ticket, { here: clock.now, typed: kind === "typing" ? clock.now : (this.#heard.get(ticket)?.typed ?? 0) });
    }
  }

  /** What somebody wrote is not being typed any more. */
  wrote(ticket: Id): void {
    const known = this.#heard.get(ticket);
    if (known) this.#heard.set(ticket, { ...known, typed: 0 });
  }

  on(ticket: Id): "here" | "typing" | "gone" {
    const known = this.#heard.get(ticket);
    if (!known || clock.now - known.here > LASTS) return "gone";
    return clock.now - known.typed < TYPING ? "typing" : "here";
  }
}

export const guests = new Guests();
