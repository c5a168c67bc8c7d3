/** The open ticket: found by its number, shown, and looked for again when it was not here. */

import { untrack } from "svelte";
import type { Id, TicketRow } from "@shared/words";
import { Refused } from "../desk/api";
import { deeds } from "../desk/deeds.svelte";
import { desk } from "../desk/desk.svelte";
import { seen } from "../desk/seen.svelte";
import { toasts } from "../desk/toasts.svelte";
import type { Filter } from "../thread/blocks";
import { tongue } from "../words/words.svelte";

class Opened {
  id = $state<Id | null>(null);
  /** There is nothing by that number that we may see. */
  missing = $state(false);
  failed = $state(false);
  /** When this agent had last looked, before now: what came since is new. */
  lookedAt = $state<string | null>(null);
  /** What of the timeline is shown. */
  filter = $state<Filter>("all");
  #number: string | null = null;
  /** It left our sight while it was open. */
  #away = false;

  row = $derived.by<TicketRow | null>(() => {
    const row = this.id ? desk.state.tickets[this.id] : undefined;
    return row ? deeds.hoped(row) : null;
  });

  /** Nothing is to be seen by that number, or not any more: it left our sight while it was open. */
  get gone(): boolean {
    return this.missing || (this.id !== null && this.row === null);
  }

  follow(number: string | null): void {
    if (number === this.#number) return;
    this.#number = number;
    this.missing = false;
    this.failed = false;
    this.id = null;
    this.#away = false;
    this.filter = "all";
    if (number) void this.#find(number);
    else void desk.show(null);
  }

  retry(): void {
    const number = this.#number;
    this.#number = null;
    this.follow(number);
  }

  /** It comes into sight, or back: what is not here of it is fetched. */
  heed(): void {
    const { id } = this;
    const away = id !== null && this.row === null;
    const back = this.#away && !away && id !== null;
    this.#away = away;
    const found = this.missing && Object.values(desk.state.tickets).some((one) => one.number === this.#number);
    untrack(() => {
      if (back) desk.show(id).catch(() => (this.failed = true));
      else if (found) this.retry();
    });
  }

  async #find(number: string): Promise<void> {
    try {
      const row = await desk.find(number);
      if (this.#number !== number) return;
      this.lookedAt = seen.at(row.id);
      this.id = row.id;
      seen.look(row.id);
      await desk.show(row.id);
      if (this.id === row.id) seen.look(row.id);
    } catch (error) {
      if (this.#number !== number) return;
      this.missing = error instanceof Refused && error.status === 404;
      this.failed = !this.missing;
      if (this.missing) toasts.announce(tongue.t.ticket.missing);
    }
  }
}

export const opened = new Opened();
