/** One timer drives the page. Seconds for what is open, quarter minutes for lists. */

import { serverNow } from "./api";

class Clock {
  /** Every second, in milliseconds, by the server's clock. */
  now = $state(serverNow());
  /** Every 15 seconds, as text that compares with the rows' times. */
  coarse = $state(new Date(serverNow()).toISOString());

  #ticks = 0;

  start(): void {
    setInterval(() => this.tick(), 1000);
  }

  tick(): void {
    this.now = serverNow();
    this.#ticks += 1;
    if (this.#ticks % 15 === 0) this.refresh();
  }

  refresh(): void {
    this.coarse = new Date(serverNow()).toISOString();
  }
}

export const clock = new Clock();
