/** When this agent last looked at a ticket; ids and times only, gone with signing out. */

import { SvelteMap } from "svelte/reactivity";
import type { Id, Instant, TicketRow } from "@shared/words";
import { serverNow } from "./api";

const KEY = "draft:seen";
const MOST = 500;

class Seen {
  readonly #at = new SvelteMap<Id, Instant>(load());

  look(ticket: Id): void {
    this.#at.set(ticket, new Date(serverNow()).toISOString());
    const newest = [...this.#at.entries()].slice(-MOST);
    localStorage.setItem(KEY, JSON.stringify(newest));
  }

  at(ticket: Id): Instant | null {
    return this.#at.get(ticket) ?? null;
  }

  /** Somebody waits for our word since after I last looked. */
  isUnread(row: TicketRow): boolean {
    const looked = this.#at.get(row.id);
    return row.awaiting_since !== null && (!looked || row.awaiting_since > looked);
  }
}

function load(): [Id, Instant][] {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "[]") as [Id, Instant][];
  } catch {
    return [];
  }
}

export const seen = new Seen();
