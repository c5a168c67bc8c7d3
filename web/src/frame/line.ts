/**
 * The one line to the server: a socket; and where none gets through, the same words in single
 * requests. It says where it stopped when it comes back, so that nothing is missed.
 */

import type { Hello, Problem, Said, Words } from "./protocol";

export interface Listener {
  hello(): Hello;
  heard(said: Said): void;
  up(up: boolean): void;
}

const FIRST_WAIT = 400;
const LONGEST_WAIT = 15_000;
const PING_EVERY = 20_000;
const SILENCE = 45_000;
const ASK_EVERY = 4000;
const FAILURES_UNTIL_REQUESTS = 3;

export class Line {
  #socket: WebSocket | null = null;
  #wait = FIRST_WAIT;
  #failures = 0;
  #worked = false;
  #heard = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pulse: ReturnType<typeof setInterval> | undefined;
  #asking: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly base: string,
    private readonly listener: Listener,
  ) {
    addEventListener("online", () => this.#again());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#again();
    });
  }

  open(): void {
    const socket = new WebSocket(`${this.base.replace(/^http/, "ws")}/line`);
    this.#socket = socket;
    socket.onopen = () => {
      socket.send(JSON.stringify({ hello: this.listener.hello() }));
      this.#heard = Date.now();
      clearInterval(this.#pulse);
      this.#pulse = setInterval(() => this.#beat(), PING_EVERY);
    };
    socket.onmessage = (message: MessageEvent<string>) => {
      if (!this.#worked || this.#failures) this.#works();
      this.#heard = Date.now();
      this.listener.heard(JSON.parse(message.data) as Said);
    };
    socket.onclose = () => this.#lost(socket);
  }

  /** Whether it was said; what was not is said again when the line is back. */
  say(words: Words): boolean {
    if (this.#socket?.readyState === WebSocket.OPEN && this.#worked) {
      this.#socket.send(JSON.stringify(words));
      return true;
    }
    if (this.#asking) {
      void this.ask(words);
      return true;
    }
    return false;
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

  #works(): void {
    this.#worked = true;
    this.#failures = 0;
    this.#wait = FIRST_WAIT;
    clearInterval(this.#asking);
    this.#asking = undefined;
    this.listener.up(true);
  }

  #again(): void {
    if (this.#socket) return;
    clearTimeout(this.#timer);
    this.#wait = FIRST_WAIT;
    this.open();
  }

  /** A line that has gone silent is lost, whatever the socket thinks. */
  #beat(): void {
    if (Date.now() - this.#heard > SILENCE) this.#socket?.close();
    else this.say({ ping: 1 });
  }

  #lost(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    clearInterval(this.#pulse);
    this.#failures += 1;
    if (!this.#asking) this.listener.up(false);
    if (this.#failures >= FAILURES_UNTIL_REQUESTS && !this.#asking) this.#askFromNowOn();
    this.#timer = setTimeout(() => this.open(), this.#wait * (0.75 + Math.random() / 2));
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }

  #askFromNowOn(): void {
    const ask = async (): Promise<void> => this.listener.up(await this.ask({}));
    this.#asking = setInterval(() => void ask(), ASK_EVERY);
    void ask();
  }
}
