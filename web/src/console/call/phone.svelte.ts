/**
 * The agent's telephone on this computer: one tab holds it, whichever asked first, and the others show what
 * the record says. It answers by itself what its agent took: one key press is one decision.
 */

import type { Id } from "@shared/words";
import { get, put, serverNow } from "../desk/api";
import { desk } from "../desk/desk.svelte";
import { deviceFor, type Device, type Ear, type Kind, type Ringing, type Trouble } from "./device";
import { ring } from "./ring";
import { sound } from "./sound.svelte";

/** What the server says of my telephone; `pstn` is a telephone of its own that rings, and needs nothing here. */
export interface MyPhone {
  kind: Kind | "pstn";
  token: string | null;
  identity: string | null;
  address: string | null;
  number: string | null;
  expires_at: string | null;
}

export type Standing = "off" | "starting" | "ready" | "elsewhere" | "trouble";

const LOCK = "onestop:phone";
const AHEAD = 60_000;
const SOONEST = 5000;

class Phone {
  mine = $state.raw<MyPhone | null>(null);
  standing = $state<Standing>("off");
  trouble = $state<Trouble | null>(null);
  /** Who rings here and was not taken yet; it is answered as soon as the call is mine. */
  ringing = $state.raw<Ringing | null>(null);
  /** The leg that is spoken on here. */
  leg = $state<string | null>(null);
  bars = $state(4);

  #device: Device | null = null;
  #release: (() => void) | null = null;
  #wait: AbortController | null = null;
  #renewal: ReturnType<typeof setTimeout> | undefined;
  #renewed = false;

  /** Be reachable, until the returned is called. */
  start(): () => void {
    this.#wait = new AbortController();
    this.standing = "starting";
    void this.#hold(this.#wait.signal);
    return () => this.stop();
  }

  stop(): void {
    this.#wait?.abort();
    this.#letGo();
    this.standing = "off";
  }

  /** Again from the start: another telephone was chosen, or what was wrong has been mended. */
  async again(): Promise<void> {
    this.#close();
    this.trouble = null;
    if (this.#release) await this.#register();
    else this.mine = await get<MyPhone>("/me/phone").catch(() => this.mine);
  }

  /** Another tab, or an admin, may have changed which telephone rings. */
  async look(): Promise<void> {
    if (!this.mine) return;
    const now = await get<MyPhone>("/me/phone").catch(() => null);
    if (now && (now.kind !== this.mine.kind || now.number !== this.mine.number)) await this.again();
  }

  /** Another telephone rings from now on: a number, or this browser again. */
  async choose(number: string | null): Promise<void> {
    this.mine = await put<MyPhone>("/me/phone", { number });
    await this.again();
  }

  get hasDevice(): boolean {
    return this.#device !== null;
  }

  mute(on: boolean): void {
    if (this.leg) this.#device?.mute(this.leg, on);
  }

  digits(digits: string): void {
    if (this.leg) this.#device?.digits(this.leg, digits);
  }

  hangUp(): void {
    if (this.leg) this.#device?.hangUp(this.leg);
  }

  /** What rings here and is mine is answered; somebody else's never. */
  answerMine(): void {
    if (this.ringing && isMine(this.ringing.call)) this.answer();
  }

  /** I let a colleague in, or another line that I did not ask for. */
  answer(): void {
    if (this.ringing) void this.#device?.accept(this.ringing.leg);
    this.ringing = null;
  }

  reject(): void {
    if (this.ringing) this.#device?.reject(this.ringing.leg);
    this.ringing = null;
  }

  async listenBy(): Promise<void> {
    await this.#device?.use({ microphone: sound.now.microphone, speaker: sound.now.speaker });
  }

  /** The browser grants the lock to one tab, and to the next one when that closes or breaks. */
  async #hold(signal: AbortSignal): Promise<void> {
    const taken = await navigator.locks.query().then(({ held }) => held?.some((one) => one.name === LOCK));
    if (signal.aborted) return;
    if (taken) this.standing = "elsewhere";
    await navigator.locks
      .request(LOCK, { signal }, async () => {
        const over = new Promise<void>((resolve) => (this.#release = resolve));
        this.standing = "starting";
        await this.#register();
        await over;
      })
      .catch(() => undefined);
  }

  async #register(): Promise<void> {
    try {
      this.mine = await get<MyPhone>("/me/phone");
    } catch {
      return this.#fails("unreachable");
    }
    const { kind, token, address } = this.mine;
    if (kind === "pstn" || kind === "none") {
      this.standing = kind === "pstn" ? "ready" : "off";
      return;
    }
    this.#device = await deviceFor(kind, this.#ear());
    this.#renewSoon();
    await this.#device?.register({ token: token ?? "", url: address });
  }

  #ear(): Ear {
    return {
      ready: () => {
        this.standing = "ready";
        this.trouble = null;
        this.#renewed = false;
        void this.listenBy();
      },
      trouble: (what) => (what === "refused" && !this.#renewed ? void this.#renew() : this.#fails(what)),
      ringing: (who) => {
        this.ringing = who;
        this.answerMine();
      },
      joined: (leg) => {
        this.leg = leg;
        this.bars = 4;
      },
      ended: (leg) => {
        if (this.leg === leg) this.leg = null;
        if (this.ringing?.leg === leg) this.ringing = null;
      },
      quality: (leg, bars) => {
        if (leg === this.leg) this.bars = bars;
      },
      expiring: () => void this.#renew(),
    };
  }

  #fails(what: Trouble): void {
    this.trouble = what;
    this.standing = "trouble";
  }

  /** A fresh token before the old one ends; where one was refused, once at once. */
  async #renew(): Promise<void> {
    this.#renewed = true;
    try {
      this.mine = await get<MyPhone>("/me/phone");
    } catch {
      return this.#renewSoon();
    }
    this.#device?.renew({ token: this.mine.token ?? "", url: this.mine.address });
    this.#renewSoon();
  }

  #renewSoon(): void {
    clearTimeout(this.#renewal);
    const ends = this.mine?.expires_at;
    if (ends) this.#renewal = setTimeout(() => void this.#renew(), Math.max(SOONEST, Date.parse(ends) - serverNow() - AHEAD));
  }

  #close(): void {
    clearTimeout(this.#renewal);
    ring.stop();
    this.#device?.close();
    this.#device = null;
    this.leg = this.ringing = null;
    this.#renewed = false;
  }

  #letGo(): void {
    this.#close();
    this.#release?.();
    this.#release = null;
  }
}

/** Mine by the record: I took it or began it, or I chose to listen. Whom a colleague asks in decides for themselves. */
function isMine(id: Id | null): boolean {
  const call = desk.state.calls[id ?? ""];
  if (!call) return false;
  const me = desk.state.me;
  return call.agent === me || call.legs.some((leg) => leg.agent === me && leg.part === "supervisor" && leg.state !== "gone");
}

export const phone = new Phone();
