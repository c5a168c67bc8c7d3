/**
 * What this screen knows and how it stays true: one snapshot, then one socket. Every
 * change goes through the reducer; paints are batched, except for what is open.
 */

import { tick } from "svelte";
import {
  fromSnapshot,
  reduce,
  refreshed,
  withAgent,
  withCustomer,
  withOffers,
  withRows,
  withTimeline,
  type State,
} from "@shared/reducer";
import type {
  Agent,
  Bootstrap,
  Call,
  Counts,
  Customer,
  EventFrame,
  Frame,
  Id,
  Item,
  MessageItem,
  Offer,
  Page,
  Session,
  TicketRow,
} from "@shared/words";
import { withCall } from "@shared/calls";
import { maySee, scopeOf } from "@shared/scope";
import { get, onSignedOut, post, Refused, remove, serverNow, trust, where } from "./api";
import { clock } from "./clock.svelte";
import { drafts } from "./drafts.svelte";
import { Line } from "./line";
import { toldWords } from "../words/format";
import { tongue } from "../words/words.svelte";
import { guests } from "./guests.svelte";
import { presence } from "./presence.svelte";
import { toasts } from "./toasts.svelte";

export type Phase = "loading" | "signed-out" | "ready" | "failed";
export type Tap = (frame: Frame) => void;

const PAINT_EVERY = 250;
const MOST_ROWS = 1000;
const PAGE = 100;
const MOST_TIMELINES = 30;
const ACTIVE = "new,open,waiting,on_hold";

const NOTHING: State = fromSnapshot({
  bootstrap: {
    position: 0,
    me: { id: "", teams: [], role: "agent", load: { total: 0, by_channel: {} }, capacity: { total: 0, by_channel: {} } } as unknown as Agent,
    agents: [],
    queues: [],
    services: [],
    teams: [],
    channels: [],
    inboxes: [],
  },
});

class Desk {
  phase = $state<Phase>("loading");
  /** What is painted. */
  state = $state.raw<State>(NOTHING);
  /** Whether every active ticket in scope is here, so that counts are exact. */
  complete = $state(false);
  /** Whether the first loading is over. */
  filled = $state(false);
  counts = $state.raw<Counts>({});
  /** The session ended while the screen was in use; it is kept, and its drafts. */
  ended = $state(false);
  /** Since when the line is lost, or null. */
  lostAt = $state<number | null>(null);
  /** What came while we were away, shown for a moment. */
  caughtUp = $state<number | null>(null);
  updatedAt = $state(serverNow());
  /** Pages behind what is loaded, by what was asked. */
  readonly #next = new Map<string, string | null>();
  /** Admin pages hear what they show. */
  readonly heard = new Set<(what: string) => void>();
  /** Who is told of each event, with what this screen knew before it. */
  readonly told = new Set<(event: EventFrame, before: State) => void>();
  readonly taps = new Set<Tap>();

  #truth: State = NOTHING;
  #line: Line;
  #paint: ReturnType<typeof setTimeout> | number | null = null;
  #urgent = false;
  #open: Id | null = null;
  #recent: Id[] = [];
  #missed = 0;

  constructor() {
    this.#line = new Line({
      position: () => this.#truth.position,
      frame: (frame) => this.take(frame),
      up: (up) => this.#lineIs(up),
      ended: () => this.#sessionEnded(),
    });
    presence.through((words) => this.#line.say(words));
    onSignedOut(() => this.#sessionEnded());
  }

  get me(): Agent {
    return this.state.agents[this.state.me] as Agent;
  }

  /** Find out who we are; then everything a screen needs to begin. */
  async start(): Promise<void> {
    try {
      await this.#begin(await get<Session>("/session"));
    } catch (error) {
      this.phase = error instanceof Refused && error.status === 401 ? "signed-out" : "failed";
    }
  }

  async signIn(by: { email: string; password: string } | { link: string }): Promise<void> {
    const session = await post<Session | null>("/session", by);
    await this.#begin(session?.agent ? session : await get<Session>("/session"));
    this.ended = false;
  }

  /** Nothing personal survives it. */
  async signOut(): Promise<void> {
    presence.leave();
    this.#line.close();
    drafts.forget();
    sessionStorage.clear();
    await remove("/session").catch(() => undefined);
    location.assign("/console/sign-in");
  }

  /** A frame from the socket. */
  take(frame: Frame): void {
    if (frame.signals) presence.hear(frame.signals, this.#truth.me);
    if (frame.guests) guests.hear(frame.guests);
    for (const event of frame.events ?? []) if (event.type === "message.received" && event.ticket) guests.wrote(event.ticket);
    if (this.caughtUp !== null) this.#missed += frame.events?.length ?? 0;
    for (const event of frame.events ?? []) for (const tell of this.told) tell(event, this.#truth);
    this.#truth = reduce(this.#truth, frame);
    for (const tap of this.taps) tap(frame);
    for (const event of frame.events ?? []) if (event.type === "ticket.erased" && event.facts.messages === null && event.ticket) drafts.drop(event.ticket);
    this.#urgent ||= (frame.events ?? []).some((event) => this.#touchesOpen(event)) || Boolean(frame.gone);
    this.updatedAt = serverNow();
    this.#schedule();
  }

  /** What a question brought, or an answer told. */
  learn(change: (state: State) => State): void {
    this.#truth = change(this.#truth);
    this.#show();
  }

  /** Only what is mine to see: an answer may come after the news that the ticket left my sight. */
  learnRow(row: TicketRow): void {
    this.learn((state) => (maySee(row, scopeOf(state.agents[state.me], state.queues)) ? withRows(state, [row]) : state));
  }

  learnMessage(message: MessageItem): void {
    this.learn((state) => (state.timelines[message.ticket] ? withTimeline(state, message.ticket, [message]) : state));
  }

  learnAgent(agent: Agent): void {
    this.learn((state) => withAgent(state, agent));
  }

  learnCall(call: Call): void {
    this.learn((state) => withCall(state, call));
  }

  /** The ticket this screen shows: its socket topic, its timeline, its customer. */
  async show(id: Id | null): Promise<void> {
    this.#open = id;
    this.#line.topics(id ? ["tickets", "agents", `ticket:${id}`] : ["tickets", "agents"]);
    if (!id) return presence.leave();
    presence.mine(id, "viewing");
    this.#keepOpen(id);
    await this.fetch(id);
  }

  /** Timelines of the tickets looked at last stay; a screen that is open all day must not grow. */
  #keepOpen(id: Id): void {
    this.#recent = [id, ...this.#recent.filter((one) => one !== id)].slice(0, MOST_TIMELINES);
    const all = Object.entries(this.#truth.timelines);
    if (all.length <= 2 * MOST_TIMELINES) return;
    const kept = all.filter(([one]) => this.#recent.includes(one));
    for (const [one] of all) if (!this.#recent.includes(one)) this.#next.delete(`timeline:${one}`);
    this.learn((state) => ({ ...state, timelines: Object.fromEntries(kept) }));
  }

  /** A ticket by number or id, from here or from the server. */
  async find(key: string): Promise<TicketRow> {
    const known = Object.values(this.#truth.tickets).find((row) => row.number === key || row.id === key);
    if (known) return known;
    const row = await get<TicketRow>(`/tickets/${encodeURIComponent(key)}`);
    this.learnRow(row);
    return row;
  }

  /** The row as the record has it now. */
  async refetch(id: Id): Promise<void> {
    this.learnRow(await get<TicketRow>(`/tickets/${id}`));
  }

  /** Timeline and customer of a ticket; at once where they are here already (a hover fetched them). */
  async fetch(id: Id): Promise<void> {
    const row = this.#truth.tickets[id];
    const customer = row && !this.#truth.customers[row.customer] ? this.fetchCustomer(row.customer) : null;
    if (!this.#truth.timelines[id]) await this.fetchTimeline(id);
    await customer;
  }

  async fetchTimeline(id: Id): Promise<void> {
    const known = this.#truth.timelines[id];
    if (!known) this.learn((state) => withTimeline(state, id, []));
    try {
      await this.#page(`timeline:${id}`, null, id);
    } catch (error) {
      if (!known) this.learn(({ timelines: { [id]: _gone, ...timelines }, ...state }) => ({ ...state, timelines }));
      throw error;
    }
  }

  hasEarlier(id: Id): boolean {
    return Boolean(this.#next.get(`timeline:${id}`));
  }

  isFetched(id: Id): boolean {
    return this.#next.has(`timeline:${id}`);
  }

  async fetchEarlier(id: Id): Promise<void> {
    const cursor = this.#next.get(`timeline:${id}`);
    if (cursor) await this.#page(`timeline:${id}`, cursor, id);
  }

  async fetchCustomer(id: Id): Promise<void> {
    const customer = await get<Customer>(`/customers/${id}`);
    this.learn((state) => withCustomer(state, customer));
  }

  /** A page of a list that is not all here; returns whether more waits behind it. */
  async fetchRows(query: Record<string, string>, { more = false } = {}): Promise<boolean> {
    const key = `rows:${new URLSearchParams(query)}`;
    const cursor = more ? this.#next.get(key) : null;
    if (more && !cursor) return false;
    const page = await get<Page<TicketRow>>(where("/tickets", { ...query, limit: PAGE, cursor }));
    this.#next.set(key, page.next);
    this.learn((state) => withRows(state, page.items));
    return page.next !== null;
  }

  async refreshMe(): Promise<void> {
    const session = await get<Session>("/session");
    trust(session.csrf);
    this.learnAgent(session.agent);
  }

  async reload(): Promise<void> {
    this.#line.close();
    await this.#snapshot();
    this.#line.open();
    if (this.#open) await this.fetch(this.#open);
  }

  async #begin(session: Session): Promise<void> {
    trust(session.csrf);
    drafts.of(session.agent.id);
    await this.#snapshot();
    this.phase = "ready";
    this.#line.open();
  }

  /** Position first, then the rest: what happens between comes by the socket. */
  async #snapshot(): Promise<void> {
    const bootstrap = await get<Bootstrap>("/bootstrap");
    const [mine, offers] = await Promise.all([
      get<Page<TicketRow>>(where("/tickets", { assignee: "me", status: ACTIVE, sort: "due", limit: PAGE })),
      get<Page<Offer>>("/offers"),
    ]);
    this.counts = bootstrap.counts ?? {};
    this.#next.clear();
    this.complete = false;
    this.#truth = withOffers(fromSnapshot({ bootstrap, tickets: mine.items }), offers.items);
    this.#show();
    void this.#fill().catch(() => (this.filled = true));
  }

  /** Every active ticket in scope, while they are not too many: then lists and counts are local. */
  async #fill(): Promise<void> {
    let cursor: string | null = null;
    let rows = 0;
    do {
      const page: Page<TicketRow> = await get(where("/tickets", { status: ACTIVE, sort: "due", limit: PAGE, cursor }));
      this.learn((state) => withRows(state, page.items));
      rows += page.items.length;
      cursor = page.next;
    } while (cursor && rows < MOST_ROWS);
    this.complete = cursor === null;
    this.filled = true;
  }

  async #page(key: string, cursor: string | null, id: Id): Promise<void> {
    const page = await get<Page<Item & { html?: unknown }>>(where(`/tickets/${id}/timeline`, { limit: 30, cursor }));
    this.#next.set(key, page.next);
    const items = page.items.map((item) => (item.type === "message" ? { ...item, html: Boolean(item.html) } : item)) as Item[];
    this.learn((state) => withTimeline(state, id, items));
  }

  #touchesOpen(event: EventFrame): boolean {
    const open = this.#open !== null && event.ticket === this.#open;
    return open || event.type.startsWith("offer.") || event.type.startsWith("call.") || event.facts.agent === this.#truth.me;
  }

  /** Lists at most four times a second; what is open with the next frame. */
  #schedule(): void {
    if (this.#urgent && this.#paint !== null) clearTimeout(this.#paint);
    else if (this.#paint !== null) return;
    this.#paint = setTimeout(() => this.#show(), this.#urgent ? 0 : PAINT_EVERY);
  }

  #show(): void {
    if (this.#paint !== null) clearTimeout(this.#paint);
    this.#paint = null;
    this.#urgent = false;
    const stale = this.#truth.stale;
    this.#truth = refreshed(this.#truth);
    this.state = this.#truth;
    if (clock.now - Date.parse(clock.coarse) > 1000) clock.refresh();
    if (stale.length) void this.#afterwards(stale);
  }

  /** Once the screen is as the news says: what went with a ticket that left my sight hears of nothing any more. */
  async #afterwards(stale: readonly string[]): Promise<void> {
    await tick();
    for (const what of stale) this.#askAgain(what);
  }

  /** `ask` now, and whenever one of these changed elsewhere, until the returned is called. */
  follow(topics: readonly string[], ask: () => void): () => void {
    const hear = (what: string): void => {
      if (what === "all" || topics.includes(what)) ask();
    };
    this.heard.add(hear);
    ask();
    return () => this.heard.delete(hear);
  }

  /** What an event said has changed without carrying it. */
  #askAgain(what: string): void {
    for (const hear of this.heard) hear(what);
    if (what === "all") void this.reload().catch(() => undefined);
    if (what === "tickets") void this.#fill().catch(() => undefined);
    if (what.startsWith("due:")) this.#recall(what);
    if (what.startsWith("withdrawn:")) this.#stopped(what);
    if (what === "me") this.#soon("me", () => this.refreshMe());
    if (what.startsWith("customer:")) this.#soon(what, () => this.fetchCustomer(what.slice("customer:".length)));
    if (what.startsWith("timeline:")) void this.fetchTimeline(what.slice("timeline:".length)).catch(() => undefined);
  }

  /** A promise that I am told of: said once, with the way to it. */
  #recall(what: string): void {
    const [, ticket, promise, percent] = what.split(":");
    const row = this.#truth.tickets[ticket ?? ""];
    if (!row) return;
    toasts.say(tongue.t.told.notice(row.number, toldWords(promise ?? "", Number(percent), tongue.t)));
  }

  /** An answer of mine that waited will not leave: said once, with its ticket. */
  #stopped(what: string): void {
    const row = this.#truth.tickets[what.split(":")[1] ?? ""];
    if (row) toasts.say(tongue.t.held.stopped(row.number));
  }

  readonly #waiting = new Set<string>();

  /** Asked once, a moment later, however often it was said. */
  #soon(what: string, act: () => Promise<void>): void {
    if (this.#waiting.has(what)) return;
    this.#waiting.add(what);
    setTimeout(() => {
      this.#waiting.delete(what);
      void act().catch(() => undefined);
    }, 800);
  }

  #lineIs(up: boolean): void {
    if (!up) {
      this.lostAt ??= serverNow();
      return;
    }
    if (this.lostAt !== null && serverNow() - this.lostAt > 3000) this.#back();
    this.lostAt = null;
    presence.again();
  }

  #back(): void {
    this.#missed = 0;
    this.caughtUp = 0;
    setTimeout(() => (this.caughtUp = this.#missed), 600);
    setTimeout(() => (this.caughtUp = null), 4600);
  }

  #sessionEnded(): void {
    if (this.phase !== "ready") return;
    this.#line.close();
    this.ended = true;
  }
}

export const desk = new Desk();
