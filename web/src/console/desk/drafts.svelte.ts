/**
 * Words not yet sent, kept on this computer at every key stroke, one per ticket and agent.
 * They outlive a reload and a lost session; signing out takes them away.
 */

import { SvelteMap } from "svelte/reactivity";
import type { Cited, Id } from "@shared/words";

export interface Draft {
  text: string;
  /** The channel, or `note`. */
  tab: string | null;
  /** The ticket's version when the writing began: what came after it must be read before sending. */
  seen: number;
  /** The same key for every try to send it, so that two tries are one message. */
  key: string;
  /** The answers of the library that it says, what they said when they were inserted, and the macro it belongs to. */
  answers?: readonly Id[];
  cites?: readonly Cited[];
  /** The words of each as they were inserted: one of which nothing stands any more is not told. */
  inserted?: Readonly<Record<Id, string>>;
  macro?: Id | null;
}

const PREFIX = "draft:";

class Drafts {
  #agent: Id = "";
  readonly all = new SvelteMap<Id, Draft>();

  of(agent: Id): void {
    this.#agent = agent;
    this.all.clear();
    for (const name of Object.keys(localStorage)) {
      if (!name.startsWith(this.#prefix())) continue;
      const draft = parse(localStorage.getItem(name));
      if (draft) this.all.set(name.slice(this.#prefix().length), draft);
    }
  }

  keep(ticket: Id, draft: Draft): void {
    if (!draft.text.trim()) return this.drop(ticket);
    this.all.set(ticket, draft);
    try {
      localStorage.setItem(this.#prefix() + ticket, JSON.stringify(draft));
    } catch {
      // A full store loses the copy, not the words on the screen.
    }
  }

  drop(ticket: Id): void {
    this.all.delete(ticket);
    localStorage.removeItem(this.#prefix() + ticket);
  }

  /** Nothing personal outlives signing out: not of this agent, nor of one before. */
  forget(): void {
    this.all.clear();
    for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX)) localStorage.removeItem(name);
  }

  #prefix(): string {
    return `${PREFIX}${this.#agent}:`;
  }
}

function parse(text: string | null): Draft | null {
  try {
    const draft = JSON.parse(text ?? "") as Partial<Draft>;
    if (typeof draft.text !== "string") return null;
    return { text: draft.text, tab: draft.tab ?? null, seen: draft.seen ?? 0, key: draft.key ?? crypto.randomUUID(), answers: draft.answers ?? [], cites: draft.cites ?? [], inserted: draft.inserted ?? {}, macro: draft.macro ?? null };
  } catch {
    return null;
  }
}

export const drafts = new Drafts();
