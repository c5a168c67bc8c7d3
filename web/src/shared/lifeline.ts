/**
 * What keeps one socket alive, whatever is said on it: opened again after a loss, each time after a
 * longer wait; tried at once when the network or the page is back; pinged, and given up when it is silent.
 */

export interface Ends {
  url(): string;
  opened(): void;
  heard(text: string): void;
  /** Lost; it is opened again unless this closes it. */
  lost(code: number): void;
}

const FIRST_WAIT = 400;
const LONGEST_WAIT = 15_000;
const PING_EVERY = 20_000;
const SILENCE = 45_000;

export class Lifeline {
  #socket: WebSocket | null = null;
  #wait = FIRST_WAIT;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pulse: ReturnType<typeof setInterval> | undefined;
  #heard = 0;
  #closed = true;

  constructor(private readonly ends: Ends) {
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

  /** Whether it left; where the line is down nothing is kept. */
  say(words: object): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(words));
    return true;
  }

  /** It works: after the next loss it is tried again soon. */
  works(): void {
    this.#wait = FIRST_WAIT;
  }

  /** Try now, rather than when the wait is over. */
  #again(): void {
    if (this.#closed || this.#socket) return;
    clearTimeout(this.#timer);
    this.#wait = FIRST_WAIT;
    this.#connect();
  }

  #connect(): void {
    const socket = new WebSocket(this.ends.url());
    this.#socket = socket;
    socket.onopen = () => this.#opened();
    socket.onmessage = (message: MessageEvent<string>) => {
      this.#heard = Date.now();
      this.ends.heard(message.data);
    };
    socket.onclose = (close) => this.#lost(socket, close.code);
  }

  #opened(): void {
    this.#heard = Date.now();
    clearInterval(this.#pulse);
    this.#pulse = setInterval(() => this.#beat(), PING_EVERY);
    this.ends.opened();
  }

  /** A line that has gone silent is lost, whatever the socket thinks. */
  #beat(): void {
    if (Date.now() - this.#heard > SILENCE) this.#socket?.close();
    else this.say({ ping: 1 });
  }

  #lost(socket: WebSocket, code: number): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    clearInterval(this.#pulse);
    this.ends.lost(code);
    if (this.#closed) return;
    this.#timer = setTimeout(() => this.#connect(), this.#wait * (0.75 + Math.random() / 2));
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }
}
