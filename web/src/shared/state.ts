/** What a screen knows, from a snapshot, and what answers to its questions add: the newer of two stays. */

import { withItem } from "./timeline";
import type {
  Agent,
  Bootstrap,
  Broadcast,
  Call,
  Channel,
  Customer,
  Id,
  Inbox,
  Item,
  Offer,
  Queue,
  Service,
  Team,
  TicketRow,
} from "./words";

export interface State {
  readonly position: number;
  readonly me: Id;
  readonly tickets: Readonly<Record<Id, TicketRow>>;
  /** Only of tickets that were opened. */
  readonly timelines: Readonly<Record<Id, readonly Item[]>>;
  readonly customers: Readonly<Record<Id, Customer>>;
  readonly agents: Readonly<Record<Id, Agent>>;
  readonly offers: Readonly<Record<Id, Offer>>;
  /** Calls going on in which I take part. */
  readonly calls: Readonly<Record<Id, Call>>;
  /** What was said to me and I have not read yet. */
  readonly broadcasts: Readonly<Record<Id, Broadcast>>;
  readonly queues: Readonly<Record<Id, Queue>>;
  readonly inboxes: Readonly<Record<Id, Inbox>>;
  readonly services: Readonly<Record<Id, Service>>;
  readonly teams: Readonly<Record<Id, Team>>;
  readonly channels: Readonly<Record<string, Channel>>;
  /** What must be asked for again, because an event said that more changed than it carries. */
  readonly stale: readonly string[];
}

export interface Snapshot {
  bootstrap: Bootstrap;
  tickets?: readonly TicketRow[];
  timelines?: Readonly<Record<Id, readonly Item[]>>;
  customers?: readonly Customer[];
  offers?: readonly Offer[];
}

/** A state from what the server answered; `position` is the one read before the rest. */
export function fromSnapshot(snapshot: Snapshot): State {
  const { bootstrap } = snapshot;
  return {
    position: bootstrap.position,
    me: bootstrap.me.id,
    tickets: byId(snapshot.tickets ?? []),
    timelines: snapshot.timelines ?? {},
    customers: byId(snapshot.customers ?? []),
    agents: { ...byId(bootstrap.agents), [bootstrap.me.id]: bootstrap.me },
    offers: byId(snapshot.offers ?? []),
    calls: byId(bootstrap.calls ?? []),
    broadcasts: byId(bootstrap.broadcasts ?? []),
    queues: byId(bootstrap.queues),
    inboxes: byId(bootstrap.inboxes),
    services: byId(bootstrap.services),
    teams: byId(bootstrap.teams),
    channels: Object.fromEntries(bootstrap.channels.map((channel) => [channel.name, channel])),
    stale: [],
  };
}

/** Rows that a question brought; older ones than ours change nothing. */
export function withRows(state: State, rows: readonly TicketRow[]): State {
  const newer = rows.filter((row) => isNewer(row, state.tickets[row.id]));
  return newer.length ? { ...state, tickets: { ...state.tickets, ...byId(newer) } } : state;
}

/** A timeline that a question brought, merged with what events told meanwhile. */
export function withTimeline(state: State, ticket: Id, items: readonly Item[]): State {
  const merged = items.reduce<readonly Item[]>(withItem, state.timelines[ticket] ?? []);
  return { ...state, timelines: { ...state.timelines, [ticket]: merged } };
}

/** A person, under each of their records' ids: a ticket keeps the customer it came to, whoever they are now. */
export function withCustomer(state: State, customer: Customer): State {
  const known = state.customers[customer.id];
  if (known?.id === customer.id && known.version > customer.version) return state;
  const records = Object.fromEntries(customer.records.map((id) => [id, customer]));
  return { ...state, customers: { ...state.customers, ...records } };
}

export function withOffers(state: State, offers: readonly Offer[]): State {
  return { ...state, offers: byId(offers) };
}

export function withAgent(state: State, agent: Agent): State {
  const known = state.agents[agent.id];
  if (known && known.version > agent.version) return state;
  return { ...state, agents: { ...state.agents, [agent.id]: agent } };
}

/** What a screen that shows it must ask for again. */
export function stale(state: State, ...what: string[]): State {
  const news = what.filter((one) => !state.stale.includes(one));
  return news.length ? { ...state, stale: [...state.stale, ...news] } : state;
}

/** After what was stale has been asked for again. */
export function refreshed(state: State): State {
  return state.stale.length ? { ...state, stale: [] } : state;
}

/** Whether this is news beside what stands here. */
export function isNewer(fresh: { version: number }, known: { version: number } | undefined): boolean {
  return !known || fresh.version > known.version;
}

export function byId<T extends { id: Id }>(values: readonly T[]): Record<Id, T> {
  return Object.fromEntries(values.map((value) => [value.id, value]));
}
