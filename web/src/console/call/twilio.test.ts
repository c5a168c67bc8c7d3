import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Ear, Ringing, Trouble } from "./device";

/** Stands in for Twilio's SDK, which speaks with their exchange over WebRTC: what it tells, and what it is told. */
const far = vi.hoisted(() => {
  class Emitter {
    readonly #ears = new Map<string, ((...said: unknown[]) => void)[]>();
    on(event: string, ear: (...said: unknown[]) => void): void {
      this.#ears.set(event, [...(this.#ears.get(event) ?? []), ear]);
    }
    emit(event: string, ...said: unknown[]): void {
      for (const ear of this.#ears.get(event) ?? []) ear(...said);
    }
  }
  return { Emitter, sdk: null as unknown as FarSdk, options: {} as Record<string, unknown> };
});
interface FarSdk {
  emit(event: string, ...said: unknown[]): void;
  updateToken: ReturnType<typeof vi.fn>;
  destroy: ReturnType<typeof vi.fn>;
}

vi.mock("@twilio/voice-sdk", () => {
  class Device extends far.Emitter {
    static readonly isSupported = true;
    static readonly State = { Unregistered: "unregistered" };
    static readonly SoundName = { Incoming: "incoming", Disconnect: "disconnect" };
    state = "registered";
    audio = null;
    updateToken = vi.fn();
    destroy = vi.fn();
    constructor(_token: string, options: Record<string, unknown>) {
      super();
      far.options = options;
      far.sdk = this;
    }
    async register(): Promise<void> {
      this.emit("registered");
    }
  }
  return { Device, Call: { Codec: { Opus: "opus", PCMU: "pcmu" } } };
});

class FarCall extends far.Emitter {
  readonly parameters = { CallSid: "CA1", From: "+15550142" };
  readonly customParameters = new Map([["call", "k1"]]);
  accept = vi.fn(() => this.emit("accept", this));
  mute = vi.fn();
  sendDigits = vi.fn();
}

function listens(): Ear & { heard: (string | [string, unknown])[]; rang: Ringing[] } {
  const heard: (string | [string, unknown])[] = [];
  const rang: Ringing[] = [];
  return {
    heard,
    rang,
    ready: () => heard.push("ready"),
    trouble: (what: Trouble) => heard.push(["trouble", what]),
    ringing: (who: Ringing) => rang.push(who),
    joined: (leg) => heard.push(["joined", leg]),
    ended: (leg) => heard.push(["ended", leg]),
    quality: (_leg, bars) => heard.push(["bars", bars]),
    expiring: () => heard.push("expiring"),
  };
}

describe("the telephone by Twilio", () => {
  let ear: ReturnType<typeof listens>;
  let device: import("./twilio").TwilioDevice;

  beforeEach(async () => {
    ear = listens();
    device = new (await import("./twilio")).TwilioDevice(ear);
    await device.register({ token: "one", url: null });
  });

  it("is ready, and fetches no sound from elsewhere", () => {
    expect(ear.heard).toEqual(["ready"]);
    for (const sound of Object.values(far.options.sounds as object)) expect(sound).not.toContain("://");
  });

  it("says which of our calls rings, is answered once, carries tones, and is over once", async () => {
    const call = new FarCall();
    far.sdk.emit("incoming", call);
    expect(ear.rang).toEqual([{ leg: "CA1", call: "k1", from: "+15550142" }]);
    await device.accept("CA1");
    device.digits("CA1", "12#");
    device.mute("CA1", true);
    expect(call.sendDigits).toHaveBeenCalledWith("12#");
    expect(call.mute).toHaveBeenCalledWith(true);
    call.emit("disconnect", call);
    call.emit("cancel");
    expect(ear.heard.filter(([what]) => what === "ended")).toEqual([["ended", "CA1"]]);
  });

  it("asks for a fresh token before the old one ends, and takes it without a break", () => {
    far.sdk.emit("tokenWillExpire");
    expect(ear.heard.at(-1)).toBe("expiring");
    device.renew({ token: "two", url: null });
    expect(far.sdk.updateToken).toHaveBeenCalledWith("two");
  });

  it.each([
    [31401, "microphone"],
    [31402, "silent"],
    [20104, "refused"],
    [53405, "broken"],
    [31000, "unreachable"],
  ])("says what helps against error %i: %s", (code, what) => {
    far.sdk.emit("error", { code });
    expect(ear.heard.at(-1)).toEqual(["trouble", what]);
  });

  it("shows a line that is gone and comes back, and how good it is", () => {
    const call = new FarCall();
    far.sdk.emit("incoming", call);
    call.emit("reconnecting", {});
    call.emit("reconnected");
    call.emit("sample", { mos: 3.7 });
    expect(ear.heard.slice(-3)).toEqual([
      ["bars", 0],
      ["bars", 4],
      ["bars", 3],
    ]);
  });
});
