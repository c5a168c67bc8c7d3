/** The telephone by Twilio's own Voice SDK: it signals and speaks with their exchange over WebRTC. */

import { Call, Device as Sdk, type TwilioError } from "@twilio/voice-sdk";
import silence from "./silence.wav?url&no-inline";
import { bars, type Device, type Ear, type Pass, type Trouble } from "./device";

/** The numbers of their errors (twilio.com/docs/api/errors) that a person can do something about. */
const TROUBLES: Readonly<Record<number, Trouble>> = {
  20101: "refused",
  20104: "refused",
  31201: "refused",
  31202: "refused",
  31204: "refused",
  31205: "refused",
  31207: "refused",
  31401: "microphone",
  31402: "silent",
  53405: "broken",
};
const LET_GO: readonly string[] = ["cancel", "disconnect", "reject"];
/** Refresh this long before the token ends, in milliseconds. */
const AHEAD = 60_000;

export class TwilioDevice implements Device {
  #sdk: Sdk | null = null;
  readonly #calls = new Map<string, Call>();

  constructor(private readonly ear: Ear) {}

  async register({ token }: Pass): Promise<void> {
    if (!Sdk.isSupported) return this.ear.trouble("unsupported");
    const sdk = new Sdk(token, {
      closeProtection: true,
      codecPreferences: [Call.Codec.Opus, Call.Codec.PCMU],
      enableImprovedSignalingErrorPrecision: true,
      logLevel: "silent",
      maxCallSignalingTimeoutMs: 30_000,
      sounds: quiet(),
      tokenRefreshMs: AHEAD,
    });
    this.#sdk = sdk;
    sdk.on("registered", () => this.ear.ready());
    sdk.on("unregistered", () => this.#sdk === sdk && this.ear.trouble("unreachable"));
    sdk.on("incoming", (call: Call) => this.#incoming(call));
    sdk.on("error", (error: TwilioError.TwilioError) => this.ear.trouble(troubleOf(error.code)));
    sdk.on("tokenWillExpire", () => this.ear.expiring());
    await sdk.register().catch((error: { code?: number }) => this.ear.trouble(troubleOf(error.code)));
  }

  renew({ token }: Pass): void {
    this.#sdk?.updateToken(token);
    if (this.#sdk?.state === Sdk.State.Unregistered) void this.#sdk.register().catch(() => this.ear.trouble("unreachable"));
  }

  async accept(leg: string): Promise<void> {
    this.#calls.get(leg)?.accept();
  }

  reject(leg: string): void {
    this.#calls.get(leg)?.reject();
  }

  mute(leg: string, on: boolean): void {
    this.#calls.get(leg)?.mute(on);
  }

  digits(leg: string, digits: string): void {
    this.#calls.get(leg)?.sendDigits(digits);
  }

  hangUp(leg: string): void {
    this.#calls.get(leg)?.disconnect();
  }

  async use({ microphone, speaker }: { microphone: string; speaker: string }): Promise<boolean> {
    const audio = this.#sdk?.audio;
    if (!audio) return false;
    try {
      if (microphone) await audio.setInputDevice(microphone);
      else await audio.unsetInputDevice();
      if (audio.isOutputSelectionSupported) await audio.speakerDevices.set(speaker || "default");
      return true;
    } catch {
      return false;
    }
  }

  close(): void {
    const sdk = this.#sdk;
    this.#sdk = null;
    sdk?.destroy();
    this.#calls.clear();
  }

  #incoming(call: Call): void {
    const leg = call.parameters.CallSid ?? "";
    this.#calls.set(leg, call);
    call.on("accept", () => this.ear.joined(leg));
    for (const end of LET_GO) call.on(end, () => this.#over(leg));
    call.on("error", (error: TwilioError.TwilioError) => this.ear.trouble(troubleOf(error.code, "broken")));
    call.on("reconnecting", () => this.ear.quality(leg, 0));
    call.on("reconnected", () => this.ear.quality(leg, 4));
    call.on("sample", ({ mos }: { mos: number | null }) => this.ear.quality(leg, Math.max(1, bars(mos))));
    this.ear.ringing({ leg, call: call.customParameters.get("call") ?? null, from: call.parameters.From ?? "" });
  }

  #over(leg: string): void {
    if (this.#calls.delete(leg)) this.ear.ended(leg);
  }
}

export function troubleOf(code: number | undefined, otherwise: Trouble = "unreachable"): Trouble {
  return TROUBLES[code ?? 0] ?? otherwise;
}

/** The console rings by itself; nothing is fetched from elsewhere for it. */
function quiet(): Partial<Record<Sdk.SoundName, string>> {
  return Object.fromEntries(Object.values(Sdk.SoundName).map((name) => [name, silence]));
}
