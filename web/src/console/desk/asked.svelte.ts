/** A list that a page asked for; asked again when an event says that it changed. */

import type { Page } from "@shared/words";
import { get } from "./api";
import { why } from "./deeds.svelte";
import { desk } from "./desk.svelte";
import { toasts } from "./toasts.svelte";

/** `T` is one of the list; `More` is what is answered beside the list. */
export class Asked<T, More extends object = object> {
  answer = $state.raw<(Page<T> & More) | null>(null);
  failed = $state(false);
  /** What was asked for what is shown. */
  said = $state("");
  private asks = 0;

  constructor(
    private readonly path: string | (() => string),
    private readonly topic: string,
  ) {}

  get items(): readonly T[] | null {
    return this.answer?.items ?? null;
  }

  /** Whether more of it is there than what is shown. */
  get rest(): boolean {
    return Boolean(this.answer?.next);
  }

  async load(): Promise<void> {
    const path = typeof this.path === "string" ? this.path : this.path();
    const mine = ++this.asks;
    try {
      const answer = await get<Page<T> & More>(path);
      if (mine !== this.asks) return;
      this.answer = answer;
      this.said = path;
      this.failed = false;
    } catch {
      this.failed = mine === this.asks || this.failed;
    }
  }

  /** The next page, below what is shown. */
  async more(): Promise<void> {
    const shown = this.answer;
    if (!shown?.next) return;
    const mine = ++this.asks;
    try {
      const page = await get<Page<T>>(`${this.said}${this.said.includes("?") ? "&" : "?"}cursor=${shown.next}`);
      if (mine === this.asks) this.answer = { ...shown, items: [...shown.items, ...page.items], next: page.next };
    } catch (error) {
      toasts.say(why(error));
    }
  }

  /** Load now and at every change, until the page is left. */
  follow(): () => void {
    return desk.follow([this.topic], () => void this.load());
  }
}
