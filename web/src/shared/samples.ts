/** Small values for tests: one of each word, changed where a test says so. */

import type { Agent, Bootstrap, Call, CallLeg, EventFrame, Facts, MessageItem, TicketRow } from "./words";

export function row(changes: Partial<TicketRow> = {}): TicketRow {
  return {
    id: "t1",
    number: "ON-4F7K-2931",
    subject: "Resident permit renewal",
    status: "open",
    priority: "normal",
    service: "s1",
    queue: "q1",
    assignee: null,
    customer: "c1",
    customer_name: "Wei Zhang",
    channel: "one",
    language: "en",
    snippet: "Can I pay by card?",
    live: false,
    confidential: false,
    created_at: "2026-11-23T09:00:00Z",
    updated_at: "2026-11-23T09:00:00Z",
    awaiting_since: null,
    snoozed_until: null,
    due: null,
    promises: {},
    pause: null,
    cycle: 1,
    erased_at: null,
    related: null,
    version: 1,
    ...changes,
  };
}

export function message(changes: Partial<MessageItem> = {}): MessageItem {
  return {
    type: "message",
    id: "m1",
    ticket: "t1",
    direction: "in",
    channel: "one",
    sender: "Wei Zhang",
    author: null,
    text: "Can I pay by card?",
    folds: [],
    cut: false,
    html: false,
    subject: null,
    attachments: [],
    created_at: "2026-11-23T09:00:00Z",
    at_version: 1,
    proven: true,
    flags: [],
    delivery: "received",
    delivery_reason: null,
    send_at: null,
    hold: null,
    instead_of: null,
    instead: null,
    address: null,
    version: 1,
    ...changes,
  };
}

export function agent(changes: Partial<Agent> = {}): Agent {
  return {
    id: "me",
    name: "Anna Keller",
    email: "anna@larkhaven.example",
    role: "agent",
    duty: "available",
    duty_since: "2026-11-23T08:00:00Z",
    duty_reason: null,
    languages: ["en"],
    skills: {},
    capacity: { total: 8, by_channel: {} },
    load: { total: 0, by_channel: {} },
    active: true,
    teams: ["team1"],
    version: 1,
    ...changes,
  };
}

export function bootstrap(changes: Partial<Bootstrap> = {}): Bootstrap {
  return {
    position: 10,
    me: agent(),
    agents: [agent(), agent({ id: "maya", name: "Maya Okafor" })],
    queues: [
      { id: "q1", slug: "parking", name: "Parking", team: "team1", icon: "car", order: 1 },
      { id: "q2", slug: "housing", name: "Housing", team: "team2", icon: "hammer", order: 2 },
    ],
    services: [],
    teams: [],
    channels: [],
    inboxes: [],
    ...changes,
  };
}

/** A ticket event; its row carries facts and words together, as the merge would make it. */
export function event(type: string, row: TicketRow | null, facts: Facts = {}, position = 11): EventFrame {
  return {
    position,
    id: `e${position}`,
    type,
    at: "2026-11-23T10:00:00Z",
    actor: { kind: "agent", id: "maya" },
    ticket: row?.id ?? null,
    at_version: row?.version ?? null,
    facts: row ? { row, ...facts } : facts,
    personal: {},
  };
}

export function messageEvent(type: string, row: TicketRow, message: MessageItem, position = 11): EventFrame {
  const { text, sender, ...facts } = message;
  return { ...event(type, row, { message: facts }, position), personal: { message: { text, sender } } };
}

export function call(changes: Partial<Call> = {}): Call {
  return {
    id: "k1",
    ticket: "t1",
    inbox: "i1",
    direction: "in",
    state: "talking",
    language: "en",
    number: "+15550142",
    numbers: {},
    agent: "me",
    legs: [],
    recording: "off",
    consent: null,
    consent_at: null,
    ending: null,
    short: false,
    arrived_at: "2026-11-23T10:00:00Z",
    waiting_since: "2026-11-23T10:00:00Z",
    bridged_at: "2026-11-23T10:00:20Z",
    ended_at: null,
    attempts: 0,
    next_at: null,
    trouble: null,
    message: null,
    version: 1,
    ...changes,
  };
}

export function leg(changes: Partial<CallLeg> = {}): CallLeg {
  return { id: "l1", part: "caller", agent: null, state: "in", held: false, muted: false, mode: null, joined_at: "2026-11-23T10:00:00Z", left_at: null, why: null, ...changes };
}
