/** The telephone of the simulator: it rings, speaks and hangs up like a real one, only without sound. */

import { Lifeline } from "@shared/lifeline";
import type { Device, Ear, Pass } from "./device";

type Said =
  | { type: "ready" }
  | { type: "ring"; call: string; from: string; params?: { call?: string } }
  | { type: "accepted"; call: string }
  | { type: "muted"; call: string; muted: boolean }
  | { type: "ended"; call: string; why?: string };

/** With these it closes the socket where it does not believe the token that the address carries. */
const REFUSED = new Set([4001, 4401, 4403, 1008]);

export class SimulatedDevice implements Device {
  #address = "";
  #refused = false;
  readonly #line = new Lifeline({
    url: () => this.#address,
    opened: () => this.#line.works(),
    heard: (text) => this.#hear(JSON.parse(text) as Said),
    lost: (code) => this.#lost(code),
  });

  constructor(private readonly ear: Ear) {}

  async register({ url }: Pass): Promise<void> {
    if (!url) return this.ear.trouble("unreachable");
    this.#address = url;
    this.#line.open();
  }

  /** The next time the line is opened it is by this one; where the old one was refused, now. */
  renew({ url }: Pass): void {
    if (url) this.#address = url;
    if (this.#refused) this.#line.open();
    this.#refused = false;
  }

  async accept(leg: string): Promise<void> {
    this.#line.say({ type: "accept", call: leg });
  }

  reject(leg: string): void {
    this.#line.say({ type: "reject", call: leg });
  }

  mute(leg: string, on: boolean): void {
    this.#line.say({ type: "mute", call: leg, muted: on });
  }

  digits(leg: string, digits: string): void {
    this.#line.say({ type: "digits", call: leg, digits });
  }

  hangUp(leg: string): void {
    this.#line.say({ type: "hang-up", call: leg });
  }

  async use(): Promise<boolean> {
    return true;
  }

  close(): void {
    this.#line.close();
  }

  #hear(said: Said): void {
    if (said.type === "ready") this.ear.ready();
    else if (said.type === "ring") this.ear.ringing({ leg: said.call, call: said.params?.call ?? null, from: said.from });
    else if (said.type === "accepted") this.ear.joined(said.call);
    else if (said.type === "ended") this.ear.ended(said.call);
  }

  #lost(code: number): void {
    if (!REFUSED.has(code)) return this.ear.trouble("unreachable");
    this.#refused = true;
    this.#line.close();
    this.ear.trouble("refused");
  }
}
