/**
 * The floor as it stands: one snapshot, then every event that the live line brings. It is
 * never asked for again, but after a gap, or when a new day begins.
 */

import { Board, stands, type Aims, type Alert, type BoardNow } from "@shared/board";
import type { EventFrame, Frame } from "@shared/words";
import { get, serverNow } from "../desk/api";
import { desk } from "../desk/desk.svelte";

/** After these, as after a matter that leaves my sight, all of its work, also what was answered today, stands on no board, or on every one again. */
const RESTAGED = new Set(["ticket.confided", "ticket.disclosed"]);

class Floor {
  board = $state.raw<Board | null>(null);
  aims = $state.raw<Aims | null>(null);
  failed = $state(false);
  /** Whom somebody is about to move, by hand. */
  moving = $state<string | null>(null);
  alerts = $state.raw<readonly Alert[]>([]);
  #waiting: EventFrame[] | null = null;
  #midnight: ReturnType<typeof setTimeout> | undefined;
  #asks = 0;

  /** What is drawn of the board hangs on it: it is painted with all else on the screen, four times a second at most. */
  get painted(): number {
    return desk.state.position;
  }

  /** Until the returned is called. */
  watch(): () => void {
    const tap = (frame: Frame): void => this.#take(frame);
    desk.taps.add(tap);
    const leave = desk.follow(["aims"], () => void this.load());
    return () => {
      leave();
      desk.taps.delete(tap);
      clearTimeout(this.#midnight);
    };
  }

  /** What comes while we ask is kept and told after the answer. */
  async load(): Promise<void> {
    const mine = ++this.#asks;
    this.#waiting = [];
    try {
      const now = await get<BoardNow>("/board");
      if (mine === this.#asks) this.begin(now);
    } catch {
      if (mine === this.#asks) this.failed = true;
    }
  }

  begin(now: BoardNow): void {
    const board = new Board({ ...now, works: stands(now) }, now.aims.within);
    for (const event of this.#waiting ?? []) board.hear(event);
    this.#waiting = null;
    this.failed = false;
    this.aims = now.aims;
    this.board = board;
    this.alerts = now.alerts ?? [];
    clearTimeout(this.#midnight);
    this.#midnight = setTimeout(() => void this.load(), Math.max(1000, now.until - serverNow()));
  }

  #take(frame: Frame): void {
    if (frame.gone?.length || frame.events?.some(({ type }) => RESTAGED.has(type))) void this.load();
    if (frame.alerts) this.alerts = frame.alerts;
    for (const event of frame.events ?? []) {
      if (this.#waiting) this.#waiting.push(event);
      this.board?.hear(event);
    }
  }
}

export const floor = new Floor();
