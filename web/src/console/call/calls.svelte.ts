/** What is done to a call. The record says what came of it; a refusal stands in the bar, in the server's words. */

import type { Call, Id } from "@shared/words";
import { isParty } from "@shared/calls";
import { post } from "../desk/api";
import { why } from "../desk/deeds.svelte";
import { desk } from "../desk/desk.svelte";
import { router } from "../desk/router.svelte";
import { toasts } from "../desk/toasts.svelte";
import { phone } from "./phone.svelte";
import { foremost, mine, standing } from "./standing";

export type Verb =
  | "hold"
  | "resume"
  | "mute"
  | "unmute"
  | "record"
  | "pause-recording"
  | "return"
  | "complete-transfer"
  | "conference"
  | "hang-up"
  | "wrap-up"
  | "listen"
  | "whisper"
  | "join"
  | "leave";

/** Who is called in, or gets the call. */
export type Target = { agent: Id } | { queue: Id } | { number: string };

class Calls {
  /** What was asked of the server and not answered yet. */
  busy = $state<string | null>(null);
  /** Why the last thing was not done. */
  problem = $state("");

  get current(): Call | undefined {
    return foremost(Object.values(desk.state.calls), desk.state.me);
  }

  get isMuted(): boolean {
    const call = this.current;
    return Boolean(call && mine(call, desk.state.me)?.muted);
  }

  do(call: Call, verb: Verb): Promise<boolean> {
    return this.#ask(call, verb, {});
  }

  transfer(call: Call, how: "consult" | "transfer", to: Target): Promise<boolean> {
    return this.#ask(call, how, to);
  }

  /** Silent at once; the record follows, or the device is heard again. */
  async mute(): Promise<void> {
    const call = this.current;
    if (!call) return;
    const on = !this.isMuted;
    phone.mute(on);
    if (!(await this.do(call, on ? "mute" : "unmute"))) phone.mute(!on);
  }

  hold(): void {
    const call = this.current;
    if (call) void this.do(call, standing(call, desk.state.me) === "held" ? "resume" : "hold");
  }

  async end(): Promise<void> {
    const call = this.current;
    if (!call) return;
    const how = { asked: "leave", helping: "leave", watching: "leave", wrapping: "wrap-up" } as const;
    const now = standing(call, desk.state.me);
    const verb = how[now as keyof typeof how] ?? "hang-up";
    if (verb === "leave") return this.leave(call);
    await this.do(call, verb);
  }

  /** Out of somebody else's call: it goes on without me. */
  async leave(call: Call): Promise<void> {
    if (standing(call, desk.state.me) === "watching") await this.do(call, "leave");
    else phone.hangUp();
  }

  goTo(): void {
    const number = this.current && desk.state.tickets[this.current.ticket ?? ""]?.number;
    if (number) router.open(number, { trail: true });
  }

  /** My phone rings first, then theirs; the reason where the server says no. */
  async call(ticket: Id, number: string | null): Promise<string | null> {
    this.busy = "call";
    try {
      this.#learn(await post<Call>("/calls", { ticket, ...(number ? { number } : {}) }));
      return null;
    } catch (error) {
      return why(error);
    } finally {
      this.busy = null;
    }
  }

  async #ask(call: Call, verb: string, body: object): Promise<boolean> {
    this.busy = verb;
    this.problem = "";
    try {
      this.#learn(await post<Call>(`/calls/${call.id}/${verb}`, body));
      return true;
    } catch (error) {
      this.problem = why(error);
      toasts.announce(this.problem);
      return false;
    } finally {
      this.busy = null;
    }
  }

  #learn(call: Call): void {
    desk.learnCall(call);
    if (isParty(call, desk.state.me)) phone.answerMine();
  }
}

export const calls = new Calls();
