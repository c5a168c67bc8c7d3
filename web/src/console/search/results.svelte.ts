/** The answer to what is searched, page after page; a question that was overtaken is dropped. */

import type { Page } from "@shared/words";
import { Refused, get, serverNow, where } from "../desk/api";
import { type Asked, type Hit, toQuestion } from "./asked";

const MOST_EMPTY = 4;
/** Pages that may be short: so many empty ones are passed over before somebody must ask for more. */

export class Results {
  hits = $state.raw<readonly Hit[]>([]);
  next = $state<string | null>(null);
  state = $state<"nothing" | "asking" | "there" | "failed">("nothing");
  why = $state("");
  #asked = 0;

  async ask(asked: Asked): Promise<void> {
    const mine = ++this.#asked;
    if (!asked.q.trim()) {
      this.hits = [];
      this.next = null;
      this.state = "nothing";
      return;
    }
    this.state = "asking";
    await this.#load(mine, asked, null, []);
  }

  async more(asked: Asked): Promise<void> {
    if (this.next && this.state === "there") await this.#load(this.#asked, asked, this.next, this.hits);
  }

  async #load(mine: number, asked: Asked, from: string | null, before: readonly Hit[]): Promise<void> {
    let cursor = from;
    let hits = before;
    try {
      for (let tries = 0; tries < MOST_EMPTY; tries += 1) {
        const page: Page<Hit> = await get<Page<Hit>>(where("/search", { ...toQuestion(asked, serverNow()), cursor, limit: 50 }));
        if (mine !== this.#asked) return;
        hits = [...hits, ...page.items];
        cursor = page.next;
        if (!cursor || hits.length > before.length) break;
      }
      this.hits = hits;
      this.next = cursor;
      this.state = "there";
    } catch (failure) {
      if (mine !== this.#asked) return;
      this.state = "failed";
      this.why = failure instanceof Refused ? failure.why : "";
    }
  }
}
