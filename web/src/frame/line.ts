/**
 * The one line to the server: a socket; and where none gets through, the same words in single
 * requests. It says where it stopped when it comes back, so that nothing is missed.
 */

import { Lifeline } from "@shared/lifeline";
import type { Hello, Problem, Said, Words } from "./protocol";

export interface Listener {
  hello(): Hello;
  heard(said: Said): void;
  up(up: boolean): void;
}

const ASK_EVERY = 4000;
const FAILURES_UNTIL_REQUESTS = 3;

export class Line {
  #failures = 0;
  #worked = false;
  #asking: ReturnType<typeof setInterval> | undefined;
  readonly #life = new Lifeline({
    url: () => `${this.base.replace(/^http/, "ws")}/line`,
    opened: () => this.#life.say({ hello: this.listener.hello() }),
    heard: (text) => this.#heard(JSON.parse(text) as Said),
    lost: () => this.#lost(),
  });

  constructor(
    private readonly base: string,
    private readonly listener: Listener,
  ) {}

  open(): void {
    this.#life.open();
  }

  /** Whether it was said; what was not is said again when the line is back. */
  say(words: Words): boolean {
    if (this.#worked && this.#life.say(words)) return true;
    if (!this.#asking) return false;
    void this.ask(words);
    return true;
  }

  /** One request; with files it is always one. Whether the server answered. */
  async ask(words: Words, files: readonly File[] = []): Promise<boolean> {
    const whole = JSON.stringify({ hello: this.listener.hello(), ...words });
    const body = new FormData();
    body.set("words", whole);
    for (const file of files) body.append("file", file);
    try {
      const answer = await fetch(`${this.base}/turns`, files.length ? { method: "POST", body } : { method: "POST", body: whole, headers: { "Content-Type": "application/json" } });
      const said = (await answer.json()) as Said & { detail?: string; errors?: readonly Problem[] };
      if (answer.ok) this.listener.heard(said);
      else if (words.say && answer.status < 500 && answer.status !== 429) this.listener.heard({ refused: { id: words.say.id, why: said.detail ?? "", errors: said.errors ?? [] } });
      else return false;
      return true;
    } catch {
      return false;
    }
  }

  /** Only what the server says shows that the line works: some proxies open it and let nothing through. */
  #heard(said: Said): void {
    if (!this.#worked || this.#failures) this.#works();
    this.listener.heard(said);
  }

  #works(): void {
    this.#worked = true;
    this.#failures = 0;
    this.#life.works();
    clearInterval(this.#asking);
    this.#asking = undefined;
    this.listener.up(true);
  }

  #lost(): void {
    this.#failures += 1;
    if (!this.#asking) this.listener.up(false);
    if (this.#failures >= FAILURES_UNTIL_REQUESTS && !this.#asking) this.#askFromNowOn();
  }

  #askFromNowOn(): void {
    const ask = async (): Promise<void> => this.listener.up(await this.ask({}));
    this.#asking = setInterval(() => void ask(), ASK_EVERY);
    void ask();
  }
}
