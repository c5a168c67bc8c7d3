/** Calls going on, by who has them: asked for where there is a telephone, and again as any of them changes. */

import type { Call, Id, Page } from "@shared/words";
import { get } from "../desk/api";
import { desk } from "../desk/desk.svelte";
import { phoneChannel } from "../desk/spoken";

class Spoken {
  #calls = $state.raw<readonly Call[]>([]);

  /** Until the returned is called. */
  watch(): () => void {
    return desk.follow(["calls"], () => void this.#look());
  }

  /** The call that somebody talks in; as new as the live line said where I take part in it myself. */
  of(agent: Id): Call | undefined {
    const found = this.#calls.find((one) => one.agent === agent && (one.state === "talking" || one.state === "lost"));
    return found && (desk.state.calls[found.id] ?? found);
  }

  async #look(): Promise<void> {
    if (!phoneChannel()) return;
    this.#calls = await get<Page<Call>>("/calls").then(({ items }) => items, () => this.#calls);
  }
}

export const spoken = new Spoken();
