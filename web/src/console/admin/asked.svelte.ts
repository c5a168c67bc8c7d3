/** A list that an admin's page asked for; asked again when an event says that it changed. */

import type { Page } from "@shared/words";
import { get } from "../desk/api";
import { desk } from "../desk/desk.svelte";

export class Asked<T> {
  items = $state.raw<readonly T[] | null>(null);
  failed = $state(false);
  /** What was asked for what is shown. */
  said = $state("");
  private asks = 0;

  constructor(
    private readonly path: string | (() => string),
    private readonly topic: string,
  ) {}

  async load(): Promise<void> {
    const path = typeof this.path === "string" ? this.path : this.path();
    const mine = ++this.asks;
    try {
      const { items } = await get<Page<T>>(path);
      if (mine !== this.asks) return;
      this.items = items;
      this.said = path;
      this.failed = false;
    } catch {
      this.failed = mine === this.asks || this.failed;
    }
  }

  /** Load now and at every change, until the page is left. */
  follow(): () => void {
    const hear = (what: string): void => {
      if (what === this.topic || what === "all") void this.load();
    };
    desk.heard.add(hear);
    void this.load();
    return () => desk.heard.delete(hear);
  }
}
