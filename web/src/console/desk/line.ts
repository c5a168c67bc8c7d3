/**
 * The one socket to the server. It says where it stopped when it comes back, so that
 * nothing is missed; frames are handed on as they come, and what to do with them is not
 * decided here.
 */

import { Lifeline } from "@shared/lifeline";
import type { Frame } from "@shared/words";

export interface Listener {
  /** Where the screen stands: the position to go on from. */
  position(): number;
  frame(frame: Frame): void;
  /** The line is up (true) or lost (false). */
  up(up: boolean): void;
  ended(): void;
}

const SESSION_ENDED = 4001;

export class Line {
  /** Every list hears of every ticket in scope; what is open is added. */
  #topics: readonly string[] = ["tickets", "agents"];
  readonly #life = new Lifeline({
    url: () => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/events?after=${this.listener.position()}`,
    opened: () => this.#opened(),
    heard: (text) => this.listener.frame(JSON.parse(text) as Frame),
    lost: (code) => this.#lost(code),
  });

  constructor(private readonly listener: Listener) {}

  open(): void {
    this.#life.open();
  }

  close(): void {
    this.#life.close();
  }

  /** What this screen wants to hear of. */
  topics(topics: readonly string[]): void {
    this.#topics = topics;
    this.say({ topics });
  }

  /** Passing signs are not kept: where the line is down they are not said. */
  say(words: object): void {
    this.#life.say(words);
  }

  #opened(): void {
    this.#life.works();
    this.say({ topics: this.#topics });
    this.listener.up(true);
  }

  #lost(code: number): void {
    if (code !== SESSION_ENDED) {
      this.listener.up(false);
      return;
    }
    this.#life.close();
    this.listener.ended();
  }
}
