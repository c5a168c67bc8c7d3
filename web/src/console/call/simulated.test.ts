import { beforeEach, describe, expect, it, vi } from "vitest";
import { SimulatedDevice } from "./simulated";

/** The far end of the socket. */
class Socket {
  static readonly OPEN = 1;
  static last: Socket;
  static opened = 0;
  readyState = 1;
  said: unknown[] = [];
  onopen: () => void = () => undefined;
  onmessage: (message: { data: string }) => void = () => undefined;
  onclose: (close: { code: number }) => void = () => undefined;
  constructor(readonly url: string) {
    Socket.last = this;
    Socket.opened += 1;
  }
  send(text: string): void {
    this.said.push(JSON.parse(text));
  }
  close(): void {
    this.readyState = 3;
  }
  says(words: object): void {
    this.onmessage({ data: JSON.stringify(words) });
  }
}

const ear = { ready: vi.fn(), trouble: vi.fn(), ringing: vi.fn(), joined: vi.fn(), ended: vi.fn(), quality: vi.fn(), expiring: vi.fn() };

describe("the telephone of the simulator", () => {
  let device: SimulatedDevice;

  beforeEach(async () => {
    vi.useFakeTimers();
    vi.resetAllMocks();
    vi.stubGlobal("WebSocket", Socket);
    vi.stubGlobal("addEventListener", () => undefined);
    vi.stubGlobal("document", { addEventListener: () => undefined, hidden: false });
    device = new SimulatedDevice(ear);
    await device.register({ token: "", url: "ws://far/device?token=one" });
    Socket.last.onopen();
  });

  it("rings with the call of ours, is answered, muted, pressed and hung up", () => {
    Socket.last.says({ type: "ready" });
    Socket.last.says({ type: "ring", call: "CA1", from: "+15550142", params: { call: "k1" } });
    expect(ear.ready).toHaveBeenCalled();
    expect(ear.ringing).toHaveBeenCalledWith({ leg: "CA1", call: "k1", from: "+15550142" });
    void device.accept("CA1");
    device.mute("CA1", true);
    device.digits("CA1", "12#");
    device.hangUp("CA1");
    expect(Socket.last.said).toEqual([
      { type: "accept", call: "CA1" },
      { type: "mute", call: "CA1", muted: true },
      { type: "digits", call: "CA1", digits: "12#" },
      { type: "hang-up", call: "CA1" },
    ]);
    Socket.last.says({ type: "ended", call: "CA1", why: "caller" });
    expect(ear.ended).toHaveBeenCalledWith("CA1");
  });

  it("comes back by itself after a loss, by the token that it has by then", () => {
    device.renew({ token: "", url: "ws://far/device?token=two" });
    const before = Socket.opened;
    Socket.last.onclose({ code: 1006 });
    expect(ear.trouble).toHaveBeenCalledWith("unreachable");
    vi.advanceTimersByTime(2000);
    expect(Socket.opened).toBe(before + 1);
    expect(Socket.last.url).toContain("token=two");
  });

  it("does not knock again where its token is not believed", () => {
    const before = Socket.opened;
    Socket.last.onclose({ code: 4401 });
    vi.advanceTimersByTime(60_000);
    expect(ear.trouble).toHaveBeenCalledWith("refused");
    expect(Socket.opened).toBe(before);
    device.renew({ token: "", url: "ws://far/device?token=two" });
    expect(Socket.last.url).toContain("token=two");
  });
});
