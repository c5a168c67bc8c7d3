/**
 * Who else is here. Quick visits do not flicker: one is shown after a second and gone
 * eight seconds after leaving. Mine is said when it changes and again while it lasts.
 */

import { SvelteMap } from "svelte/reactivity";
import type { Id, Signal } from "@shared/words";
import { clock } from "./clock.svelte";

export interface Here {
  agent: Id;
  kind: "viewing" | "typing" | "replying";
  channel: string | null;
  /** Since when they do this, in milliseconds. */
  since: number;
  came: number;
  typed: number;
  left: number | null;
}

const JOIN = 1000;
const LEAVE = 8000;
const TYPING = 4000;
const AGAIN = 10_000;

class Presence {
  readonly #here = new SvelteMap<string, Here>();
  #mine: { ticket: Id; kind: Signal["kind"]; channel: string | null; said: number } | null = null;
  #say: (words: object) => void = () => {};

  through(say: (words: object) => void): void {
    this.#say = say;
  }

  hear(signals: readonly Signal[], me: Id): void {
    for (const signal of signals) if (signal.agent !== me) this.#note(signal);
  }

  /** Colleagues on a ticket, in the order they came. */
  on(ticket: Id): Here[] {
    const all = [...this.#here.entries()].filter(([key]) => key.startsWith(`${ticket} `)).map(([, here]) => here);
    return all.filter((here) => shown(here, clock.now)).sort((a, b) => a.came - b.came);
  }

  isTyping(here: Here): boolean {
    return here.left === null && clock.now - here.typed < TYPING;
  }

  /** What I do on a ticket; `left` when I turn to another. */
  mine(ticket: Id, kind: Signal["kind"], channel: string | null = null): void {
    const before = this.#mine;
    if (before && before.ticket !== ticket) this.#say({ signal: { kind: "left", ticket: before.ticket } });
    const fresh = !before || before.ticket !== ticket || before.kind !== kind || before.channel !== channel;
    if (!fresh && kind !== "typing" && Date.now() - before.said < AGAIN) return;
    if (!fresh && kind === "typing" && Date.now() - before.said < 2000) return;
    this.#mine = { ticket, kind, channel, said: Date.now() };
    this.#say({ signal: { kind, ticket, ...(channel ? { channel } : {}) } });
  }

  leave(): void {
    if (this.#mine) this.#say({ signal: { kind: "left", ticket: this.#mine.ticket } });
    this.#mine = null;
  }

  /** Said again after the line came back, and while it lasts. */
  again(): void {
    if (!this.#mine || Date.now() - this.#mine.said < AGAIN) return;
    const { ticket, kind, channel } = this.#mine;
    this.#mine.said = Date.now();
    this.#say({ signal: { kind, ticket, ...(channel ? { channel } : {}) } });
  }

  clear(): void {
    this.#here.clear();
    this.#mine = null;
  }

  #note(signal: Signal): void {
    const key = `${signal.ticket} ${signal.agent}`;
    const before = this.#here.get(key);
    if (signal.kind === "left") {
      if (before) this.#here.set(key, { ...before, left: clock.now });
      return;
    }
    const since = signal.since ? Date.parse(signal.since) : clock.now;
    const same = before?.kind === signal.kind && before.left === null;
    this.#here.set(key, {
      agent: signal.agent,
      kind: signal.kind,
      channel: signal.channel ?? null,
      since: same ? before.since : since,
      came: before && before.left === null ? before.came : clock.now,
      typed: signal.kind === "typing" ? clock.now : (before?.typed ?? 0),
      left: null,
    });
  }
}

function shown(here: Here, now: number): boolean {
  if (here.left !== null) return now - here.left < LEAVE && here.left - here.came >= JOIN;
  return now - here.came >= JOIN || here.kind === "replying";
}

export const presence = new Presence();
