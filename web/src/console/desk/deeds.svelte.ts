/**
 * What an agent does to a ticket. The screen shows it at once; if the server refuses, the
 * old value returns and the reason stands at the ticket, not in a corner.
 */

import { SvelteMap } from "svelte/reactivity";
import type { Agent, Delivery, Duty, Handback, Id, MessageItem, Offer, Priority, Reason, Refusal, Status, TicketRow } from "@shared/words";
import { tongue } from "../words/words.svelte";
import { moment } from "../words/format";
import { post, put, Refused, serverNow } from "./api";
import { clock } from "./clock.svelte";
import { desk } from "./desk.svelte";
import { router } from "./router.svelte";
import { toasts } from "./toasts.svelte";
import { Turns } from "./turns";

interface Hope {
  patch: Partial<TicketRow>;
  version: number;
}

const HOPE_FOR = 5000;

class Deeds {
  /** What we said and have not heard back of yet, by ticket. */
  readonly hopes = new SvelteMap<Id, Hope>();
  /** Why the last thing was not done, by ticket. */
  readonly refusals = new SvelteMap<Id, string>();
  /** Of a ticket, or of myself. */
  readonly #turns = new Turns();

  /** A row as this agent left it, until the record says the same or otherwise. */
  hoped(row: TicketRow): TicketRow {
    const hope = this.hopes.get(row.id);
    return hope && hope.version >= row.version ? { ...row, ...hope.patch } : row;
  }

  assign(row: TicketRow, agent: Id | null): Promise<boolean> {
    const t = tongue.t;
    const name = desk.state.agents[agent ?? ""]?.name ?? "";
    const mine = agent === desk.state.me;
    const said = mine ? t.deeds.mine(row.number) : agent ? t.deeds.assigned(row.number, name) : t.deeds.unassigned(row.number);
    const undo = this.takeBack;
    const seen = this.#now(row);
    const ask = (): Promise<unknown> => {
      const now = this.#now(row);
      const version = now.assignee === seen.assignee ? now.version : seen.version; // else somebody was faster
      return post(`/tickets/${row.id}/assignments`, { agent, seen_version: version });
    };
    return this.#do(row, { assignee: agent }, ask, said, undo, (error) => this.#mayOverload(row, agent, error));
  }

  /** They carry as much as they can: a supervisor may give it to them all the same. */
  #mayOverload(row: TicketRow, agent: Id | null, error: unknown): void {
    if (!(error instanceof Refused) || error.code !== "full" || desk.me.role === "agent") return;
    const t = tongue.t.full;
    const name = desk.state.agents[agent ?? ""]?.name ?? "";
    const body = { agent, above_capacity: "allow" };
    const give = () => void this.#do(row, { assignee: agent }, () => post(`/tickets/${row.id}/assignments`, body), t.given(row.number, name));
    toasts.offer(error.why, t.all_the_same, give);
  }

  /** To a colleague or another service, without asking first. */
  passOn(row: TicketRow, to: { agent: Id } | { service: Id }, note = ""): Promise<boolean> {
    const name = "agent" in to ? (desk.state.agents[to.agent]?.name ?? "") : tongue.pick(desk.state.services[to.service]?.name);
    const body = { ...to, ...(note ? { note } : {}) };
    const undo = "agent" in to ? this.takeBack : null;
    return this.#do(row, {}, () => post(`/tickets/${row.id}/transfers`, body), tongue.t.passing.passed(row.number, name), undo);
  }

  move(row: TicketRow, queue: Id, note = ""): Promise<boolean> {
    const said = tongue.t.deeds.moved(row.number, tongue.named(desk.state.queues[queue]));
    const undo = this.takeBack;
    const body = { queue, ...(note ? { note } : {}) };
    return this.#do(row, { queue }, () => post(`/tickets/${row.id}/transfers`, body), said, undo);
  }

  /** What I gave away or moved a moment ago is as it was, also where I do not see it any more; not where somebody went on with it. */
  readonly takeBack = async (done: TicketRow): Promise<void> => {
    const t = tongue.t.deeds;
    try {
      const back = await post<Handback>("/work/handbacks", { items: [{ ticket: done.id, version: done.version }] });
      for (const row of back.items) desk.learnRow(row);
      toasts.say(back.items.length ? t.undone(done.number) : back.full.length ? t.noRoom(done.number) : t.wentOn(done.number));
    } catch (error) {
      toasts.say(why(error));
    }
  };

  prioritise(row: TicketRow, priority: Priority): Promise<boolean> {
    return this.#do(row, { priority }, () => post(`/tickets/${row.id}/priorities`, { priority }));
  }

  /** To any status; solving and reopening have their own words. */
  /** `reason` says why the clock stands still where it waits or is on hold. */
  setStatus(row: TicketRow, status: Status, reason: Reason | null = null): Promise<boolean> {
    if (status === "solved" || status === "closed") return this.close(row, status);
    if (row.status === "solved" || row.status === "closed") return this.reopen(row);
    return this.#do(row, { status }, () => post(`/tickets/${row.id}/statuses`, reason ? { status, reason } : { status }));
  }

  close(row: TicketRow, status: "solved" | "closed"): Promise<boolean> {
    const said = tongue.t.deeds[status](row.number);
    const undo = status === "solved" ? () => void this.reopen(this.#now(row)) : null;
    return this.#do(row, { status }, () => post(`/tickets/${row.id}/closures`, { status }), said, undo);
  }

  /** The talk is over; the matter stays as it stands. */
  endTalk(row: TicketRow): Promise<boolean> {
    return this.#do(row, { live: false }, () => post(`/tickets/${row.id}/endings`));
  }

  reopen(row: TicketRow): Promise<boolean> {
    const said = tongue.t.deeds.reopened(row.number);
    return this.#do(row, { status: "open" }, () => post(`/tickets/${row.id}/reopenings`), said);
  }

  snooze(row: TicketRow, until: string | null): Promise<boolean> {
    const t = tongue.t;
    const when = until && moment(until, clock.now, t, tongue.locale);
    const said = when ? t.deeds.snoozed(row.number, when) : t.deeds.woken(row.number);
    const undo = until ? () => void this.snooze(this.#now(row), row.snoozed_until) : null;
    return this.#do(row, { snoozed_until: until }, () => post(`/tickets/${row.id}/snoozes`, { until }), said, undo);
  }

  classify(row: TicketRow, service: Id): Promise<boolean> {
    return this.#do(row, { service }, () => post(`/tickets/${row.id}/services`, { service }));
  }

  /** Wrong desk: to the better service, or back to first line; one key, and it is counted. */
  misdirect(row: TicketRow, service: Id | null): Promise<boolean> {
    const known = desk.state.services[service ?? ""];
    const said = tongue.t.atDesk.sent(row.number, known ? tongue.pick(known.name) : tongue.t.atDesk.firstLineHint);
    return this.#do(row, service ? { service } : {}, () => post(`/tickets/${row.id}/misdirects`, { service }), said);
  }

  split(row: TicketRow, parts: { subject: string; service: Id; quote: string }[]): Promise<boolean> {
    return this.#do(row, {}, () => post(`/tickets/${row.id}/splits`, { parts }));
  }

  /** What a part came to; it is solved by that. */
  finish(row: TicketRow, text: string): Promise<boolean> {
    return this.#do(row, { status: "solved" }, () => post(`/tickets/${row.id}/results`, { text }));
  }

  rename(row: TicketRow, subject: string): Promise<boolean> {
    return this.#do(row, { subject }, () => post(`/tickets/${row.id}/subjects`, { subject }));
  }

  async merge(row: TicketRow, into: TicketRow): Promise<boolean> {
    const said = tongue.t.deeds.merged(row.number, into.number);
    const done = await this.#do(row, {}, () => post(`/tickets/${row.id}/merges`, { into: into.id }), said);
    if (done) router.open(into.number);
    return done;
  }

  /** A person looked and chose what became of a message. */
  async settle(message: MessageItem, choice: "resend" | "delivered"): Promise<string | null> {
    try {
      const answer = await post<MessageItem | null>(`/messages/${message.id}/deliveries`, { choice });
      if (answer?.id) desk.learnMessage({ ...answer, html: Boolean(answer.html) });
      toasts.announce(tongue.t.delivery.chosen[choice]);
      return null;
    } catch (error) {
      return why(error);
    }
  }

  /** Take an answer back that has not left; the reason where it cannot be. */
  withdraw(message: MessageItem): Promise<string | null> {
    return this.#moved(`/messages/${message.id}/withdrawals`, {});
  }

  /** It leaves at another time, or now. */
  depart(message: MessageItem, at: string | null): Promise<string | null> {
    return this.#moved(`/messages/${message.id}/departures`, { at });
  }

  async #moved(path: string, body: object): Promise<string | null> {
    try {
      const answer = await post<MessageItem>(path, body);
      desk.learnMessage({ ...answer, html: Boolean(answer.html) });
      return null;
    } catch (error) {
      return why(error);
    }
  }

  async setDuty(duty: Duty): Promise<void> {
    const before = desk.me;
    const since = new Date(serverNow()).toISOString();
    desk.learnAgent({ ...before, duty, duty_since: since, duty_reason: null });
    try {
      const answer = await this.#mine(() => put<Agent | null>("/agents/me/state", { duty }));
      if (answer?.id) desk.learnAgent(answer);
    } catch (error) {
      desk.learnAgent({ ...before });
      toasts.say(why(error));
    }
  }

  async accept(offer: Offer): Promise<void> {
    try {
      await this.#mine(() => post(`/offers/${offer.id}/acceptances`));
      desk.learnRow(offer.row);
      router.open(offer.row.number, { trail: true });
    } catch (error) {
      toasts.say(error instanceof Refused && error.status < 500 ? tongue.t.bar.gone : why(error));
    }
    this.#drop(offer);
  }

  async decline(offer: Offer, reason: Refusal = "occupied", words = ""): Promise<void> {
    try {
      await this.#mine(() => post(`/offers/${offer.id}/refusals`, { reason, ...(words ? { words } : {}) }));
    } catch (error) {
      if (!(error instanceof Refused)) toasts.say(why(error));
    }
    this.#drop(offer);
  }

  async takeNext(): Promise<void> {
    try {
      const row = await this.#mine(() => post<TicketRow | null>("/work/next"));
      if (!row) return toasts.say(tongue.t.list.noneToTake);
      desk.learnRow(row);
      router.open(row.number, { trail: true });
    } catch (error) {
      toasts.say(why(error));
    }
  }

  #drop(offer: Offer): void {
    desk.learn(({ offers: { [offer.id]: _over, ...offers }, ...state }) => ({ ...state, offers }));
  }

  #now(row: TicketRow): TicketRow {
    return desk.state.tickets[row.id] ?? row;
  }

  async #do(
    row: TicketRow,
    patch: Partial<TicketRow>,
    ask: () => Promise<unknown>,
    said: string | null = null,
    undo: ((done: TicketRow) => unknown) | null = null,
    failed: (error: unknown) => void = () => undefined,
  ): Promise<boolean> {
    const hope = (): Hope => ({ patch, version: this.#now(row).version });
    this.hopes.set(row.id, hope());
    this.refusals.delete(row.id);
    try {
      const answer = await this.inTurn(row.id, () => {
        this.hopes.set(row.id, hope());
        return ask();
      });
      if (isRow(answer)) desk.learnRow(answer);
      if (said) toasts.say(said, undo && isRow(answer) ? () => undo(answer) : null);
      setTimeout(() => this.#letGo(row.id, patch), HOPE_FOR);
      return true;
    } catch (error) {
      this.#letGo(row.id, patch);
      this.refusals.set(row.id, why(error));
      toasts.announce(why(error));
      failed(error);
      return false;
    }
  }

  /** My state and what is held out to me: a break takes back no offer that I have just answered. */
  #mine<T>(ask: () => Promise<T>): Promise<T> {
    return this.inTurn(desk.state.me, ask);
  }

  /** What I ask for a ticket reaches the server in the order of my keys, each knowing what came of the one before. */
  inTurn<T>(of: Id, ask: () => Promise<T>): Promise<T> {
    return this.#turns.take(of, ask);
  }

  #letGo(id: Id, patch: Hope["patch"]): void {
    if (this.hopes.get(id)?.patch === patch) this.hopes.delete(id);
  }
}

/** The reason to show, in the reader's language where it is ours to say. */
export function why(error: unknown): string {
  if (error instanceof Refused) return error.version !== null ? tongue.t.deeds.stale : error.why;
  return tongue.t.deeds.failed;
}

/** Delivery states at which somebody must look. */
export function needsEyes(delivery: Delivery): boolean {
  return delivery === "unknown" || delivery === "failed" || delivery === "no_relay";
}

function isRow(answer: unknown): answer is TicketRow {
  return typeof answer === "object" && answer !== null && "number" in answer && "version" in answer && "queue" in answer;
}

export const deeds = new Deeds();
