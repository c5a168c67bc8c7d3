/** A list that an admin's page asked for; asked again when an event says that it changed. */

import type { Page } from "@shared/words";
import { get } from "../desk/api";
import { desk } from "../desk/desk.svelte";

export class Asked<T> {
  items = $state.raw<readonly T[] | null>(null);
  failed = $state(false);

  constructor(
    private readonly path: string,
    private readonly topic: string,
  ) {}

  async load(): Promise<void> {
    try {
      this.items = (await get<Page<T>>(this.path)).items;
      this.failed = false;
    } catch {
      this.failed = true;
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
