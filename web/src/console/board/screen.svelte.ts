/** A screen on a wall: its token from the address, one line of figures, and how old the newest word is. */

import { Board, stands, type Aims, type BoardNow, type Told } from "@shared/board";
import { Lifeline } from "@shared/lifeline";
import type { Channel, Queue } from "@shared/words";

interface Hello extends BoardNow {
  now: number;
  queues: Queue[];
  channels: Channel[];
  /** Channels by which somebody can come at all. */
  open: string[];
}

const PAINT_EVERY = 250;
const SHUT_OUT = 4001;
const KEPT = "wall:token";

class Screen {
  painted = $state(0);
  board = $state.raw<Board | null>(null);
  aims = $state.raw<Aims | null>(null);
  queues = $state.raw<readonly Queue[]>([]);
  channels = $state.raw<readonly Channel[]>([]);
  /** Channels by which somebody can come at all; of others only who came before waits. */
  ways = $state.raw<readonly string[]>([]);
  shutOut = $state(false);
  /** By the server's clock. */
  now = $state(Date.now());
  heard = $state(0);
  #offset = 0;
  #until = Infinity;
  #paint: ReturnType<typeof setTimeout> | undefined;
  readonly #line = new Lifeline({
    url: () => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/wall`,
    opened: () => void this.#line.say({ token: this.#token }),
    heard: (text) => this.#hear(JSON.parse(text) as { hello?: Hello; events?: Told[] }),
    lost: (code) => this.#lost(code),
  });
  #token = "";

  /** The secret leaves the address; this screen alone keeps it. */
  open(): void {
    const given = location.hash.slice(1);
    if (given) {
      sessionStorage.setItem(KEPT, given);
      history.replaceState(null, "", location.pathname);
    }
    this.#token = given || (sessionStorage.getItem(KEPT) ?? "");
    if (this.#token) this.#line.open();
    else this.shutOut = true;
    setInterval(() => this.#tick(), 1000);
  }

  #tick(): void {
    this.now = Date.now() + this.#offset;
    if (this.now < this.#until) return;
    this.#until = Infinity;
    this.#line.close();
    this.#line.open(); // a new day
  }

  #hear({ hello, events }: { hello?: Hello; events?: Told[] }): void {
    this.heard = Date.now() + this.#offset;
    if (hello) this.#begin(hello);
    for (const event of events ?? []) if (this.board?.hear(event)) this.#paint ??= setTimeout(() => this.#show(), PAINT_EVERY);
  }

  #begin(hello: Hello): void {
    this.#line.works();
    this.#offset = hello.now - Date.now();
    this.#until = hello.until;
    this.heard = hello.now;
    this.now = hello.now;
    this.aims = hello.aims;
    this.queues = [...hello.queues].sort((a, b) => a.order - b.order);
    this.channels = hello.channels;
    this.ways = hello.open;
    this.board = new Board({ ...hello, works: stands(hello) }, hello.aims.within);
    this.#show();
  }

  #show(): void {
    this.#paint = undefined;
    this.painted += 1;
  }

  #lost(code: number): void {
    if (code !== SHUT_OUT) return;
    this.#line.close();
    sessionStorage.removeItem(KEPT);
    this.board = null;
    this.shutOut = true;
  }
}

export const screen = new Screen();
