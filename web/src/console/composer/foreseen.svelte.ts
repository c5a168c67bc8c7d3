/** By which ways they can be answered, and what they would get: both as the server sees it, asked again when something changed. */

import type { Id, PreviewItem, WayItem } from "@shared/words";
import { get, post } from "../desk/api";

const PAUSE = 300;

export class Foreseen {
  /** Null until the server was asked. */
  ways = $state.raw<readonly WayItem[] | null>(null);
  /** What they would get; null while nothing is written, or where it cannot be had. */
  shown = $state.raw<PreviewItem | null>(null);
  #asked = "";
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly ticket: Id) {}

  async load(): Promise<void> {
    const page = await get<{ items: WayItem[] }>(`/tickets/${this.ticket}/ways`).catch(() => null);
    if (page) this.ways = page.items;
  }

  /** A moment after the last key; an answer to older words is not shown. */
  look(text: string, channel: string, address: string | null, files: number): void {
    const body = { text, channel, files, ...(address ? { address } : {}) };
    const asked = JSON.stringify(body);
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.stop();
    if (!text.trim()) {
      this.shown = null;
      return;
    }
    this.#timer = setTimeout(() => void this.#ask(body, asked), PAUSE);
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #ask(body: object, asked: string): Promise<void> {
    const found = await post<PreviewItem>(`/tickets/${this.ticket}/previews`, body).catch(() => null);
    if (asked === this.#asked) this.shown = found;
  }
}
