/**
 * The one socket to the server. It says where it stopped when it comes back, so that
 * nothing is missed; frames are handed on as they come, and what to do with them is not
 * decided here.
 */

import type { Frame } from "@shared/words";

export interface Listener {
  /** Where the screen stands: the position to go on from. */
  position(): number;
  frame(frame: Frame): void;
  /** The line is up (true) or lost (false). */
  up(up: boolean): void;
  ended(): void;
}

const FIRST_WAIT = 400;
const LONGEST_WAIT = 15_000;
const PING_EVERY = 20_000;
const SILENCE = 45_000;
const SESSION_ENDED = 4001;

export class Line {
  #socket: WebSocket | null = null;
  #wait = FIRST_WAIT;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pulse: ReturnType<typeof setInterval> | undefined;
  #heard = 0;
  /** Every list hears of every ticket in scope; what is open is added. */
  #topics: readonly string[] = ["tickets", "agents"];
  #closed = true;

  constructor(private readonly listener: Listener) {
    addEventListener("online", () => this.#again());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#again();
    });
  }

  open(): void {
    this.#closed = false;
    this.#connect();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearInterval(this.#pulse);
    this.#socket?.close();
    this.#socket = null;
  }

  /** What this screen wants to hear of. */
  topics(topics: readonly string[]): void {
    this.#topics = topics;
    this.say({ topics });
  }

  /** Passing signs are not kept: where the line is down they are not said. */
  say(words: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(words));
  }

  /** Try now, rather than when the wait is over. */
  #again(): void {
    if (this.#closed || this.#socket) return;
    clearTimeout(this.#timer);
    this.#wait = FIRST_WAIT;
    this.#connect();
  }

  #connect(): void {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/api/v1/events?after=${this.listener.position()}`);
    this.#socket = socket;
    socket.onopen = () => this.#opened();
    socket.onmessage = (message) => this.#heardFrom(message);
    socket.onclose = (close) => this.#lost(socket, close.code);
  }

  #opened(): void {
    this.#wait = FIRST_WAIT;
    this.#heard = Date.now();
    this.say({ topics: this.#topics });
    clearInterval(this.#pulse);
    this.#pulse = setInterval(() => this.#beat(), PING_EVERY);
    this.listener.up(true);
  }

  #heardFrom(message: MessageEvent<string>): void {
    this.#heard = Date.now();
    this.listener.frame(JSON.parse(message.data) as Frame);
  }

  /** A line that has gone silent is a line that is lost, whatever the socket thinks. */
  #beat(): void {
    if (Date.now() - this.#heard > SILENCE) this.#socket?.close();
    else this.say({ ping: 1 });
  }

  #lost(socket: WebSocket, code: number): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    clearInterval(this.#pulse);
    if (code === SESSION_ENDED) {
      this.#closed = true;
      this.listener.ended();
      return;
    }
    if (this.#closed) return;
    this.listener.up(false);
    this.#timer = setTimeout(() => this.#connect(), this.#wait * (0.75 + Math.random() / 2));
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }
}
