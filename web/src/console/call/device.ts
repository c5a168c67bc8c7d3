/**
 * The telephone in this browser, whatever carries the voice. One call rings or is spoken at a time; what
 * belongs to the call (hold, transfer, who else is on the line) is the server's and not the device's.
 */

export type Kind = "twilio" | "simulated" | "none";

/** Why no voice can come or go; each has one sentence and the one thing that helps (`words/en/calls.ts`). */
export type Trouble =
  /** The browser asked for the microphone, and somebody said no. */
  | "microphone"
  /** There is none, or another program holds it. */
  | "silent"
  /** Not this browser. */
  | "unsupported"
  /** The exchange does not answer; it is tried again by itself. */
  | "unreachable"
  /** The exchange did not believe us, also not with a fresh token. */
  | "refused"
  /** Voice was lost in the middle of a call. */
  | "broken";

/** Somebody is at the line: `call` says which of our calls it is, where the exchange passed that on. */
export interface Ringing {
  leg: string;
  call: string | null;
  from: string;
}

/** What a device tells; it never decides. */
export interface Ear {
  ready(): void;
  trouble(what: Trouble): void;
  ringing(who: Ringing): void;
  joined(leg: string): void;
  ended(leg: string): void;
  /** The line in a call: 0 (gone, coming back) to 4 (good). */
  quality(leg: string, bars: number): void;
  /** The token runs out soon: `renew` is to be called with another. */
  expiring(): void;
}

export interface Pass {
  token: string;
  /** Where the exchange is, where the device does not know it by itself. */
  url: string | null;
}

export interface Device {
  register(pass: Pass): Promise<void>;
  renew(pass: Pass): void;
  accept(leg: string): Promise<void>;
  reject(leg: string): void;
  mute(leg: string, on: boolean): void;
  digits(leg: string, digits: string): void;
  hangUp(leg: string): void;
  /** Speak and hear by these; empty is what the system uses. Whether it could be done. */
  use(sound: { microphone: string; speaker: string }): Promise<boolean>;
  close(): void;
}

/** A device is fetched when an inbox of the phone is there and the server says which; most consoles never do. */
export async function deviceFor(kind: Kind, ear: Ear): Promise<Device | null> {
  if (kind === "twilio") return new (await import("./twilio")).TwilioDevice(ear);
  if (kind === "simulated") return new (await import("./simulated")).SimulatedDevice(ear);
  return null;
}

/** Bars of a line from the mean opinion score (1 to 4.5) that the exchange reckons. */
export function bars(mos: number | null): number {
  if (mos === null) return 4;
  return [2, 3, 3.6, 4].filter((least) => mos >= least).length;
}
