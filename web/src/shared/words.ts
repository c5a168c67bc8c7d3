/** The words of the house as they cross the wire: what REST and the socket say, and nothing else. */

import type { Alert } from "./board";

export type * from "./people";

export type Id = string;
/** RFC 3339 in UTC; sorts as text. */
export type Instant = string;

export type Status = "new" | "open" | "waiting" | "on_hold" | "solved" | "closed";
export type Priority = "low" | "normal" | "high" | "urgent" | "emergency";
export type Role = "agent" | "supervisor" | "admin";
export type Duty = "available" | "busy" | "wrap_up" | "break" | "lunch" | "training" | "away" | "offline";
export type Direction = "in" | "out" | "note";
export type Delivery =
  | "received"
  | "scheduled"
  | "queued"
  | "no_relay"
  | "to_print"
  | "printed"
  | "sending"
  | "unknown"
  | "sent"
  | "delivered"
  | "read"
  | "failed"
  | "withdrawn";
/** Why an answer waits in the house: to be taken back, for its time, or for the person's hours. */
export type HeldBecause = "undo" | "time" | "hours";
export type Promised = "first" | "next" | "resolution" | "acceptance";

export const STATUSES: readonly Status[] = ["new", "open", "waiting", "on_hold", "solved", "closed"];
export const PRIORITIES: readonly Priority[] = ["low", "normal", "high", "urgent", "emergency"];

export interface Due {
  at: Instant;
  kind: Promised;
}

/** A ticket as lists show it. */
export const REASONS = ["citizen", "documents", "appointment", "third_party", "authority", "force"] as const;
export type Reason = (typeof REASONS)[number];

/** Why the clock of the solution stands still; without `until` its policy does not heed the reason, and it runs. */
export interface Still {
  reason: Reason;
  since: Instant;
  until: Instant | null;
}

export interface TicketRow {
  id: Id;
  number: string;
  subject: string;
  status: Status;
  priority: Priority;
  service: Id;
  queue: Id;
  assignee: Id | null;
  customer: Id;
  customer_name: string;
  channel: string;
  language: string | null;
  snippet: string;
  live: boolean;
  confidential: boolean;
  readers?: Id[];
  created_at: Instant;
  updated_at: Instant;
  awaiting_since: Instant | null;
  snoozed_until: Instant | null;
  due: Due | null;
  promises: Partial<Record<Promised, Instant>>;
  pause: Still | null;
  cycle: number;
  /** Since when its words are gone; counts, times and service stay. */
  erased_at: string | null;
  related: Id | null;
  unit?: Id | null;
  /** The whole that this is a part of. */
  parent?: Id | null;
  /** How sure the rule was of the service, in percent; null where the door asked or somebody chose. */
  confidence?: number | null;
  matched?: string[];
  version: number;
}

export interface Attachment {
  id: Id;
  name: string;
  type: string;
  size: number;
  inline: boolean;
  /** Why it may not be opened, and what the virus scanner found in it; null where nothing stands against it. */
  check?: "checking" | "blocked" | null;
  found?: string | null;
}

/** One utterance in a timeline. `html` says whether there is a formatted body to ask for. */
/** What an answer of the library said when it was inserted. */
export interface Cited {
  answer: Id;
  language: string;
  facts: Record<string, string>;
}

export interface Fold {
  kind: "quoted" | "signed";
  first: number;
  last: number;
}

export interface MessageItem {
  type: "message";
  id: Id;
  ticket: Id;
  direction: Direction;
  channel: string;
  sender: string;
  author: Id | null;
  text: string;
  /** Lines that its writer did not write. */
  folds: Fold[];
  cut: boolean;
  html: boolean;
  subject: string | null;
  attachments: Attachment[];
  created_at: Instant;
  at_version: number;
  proven: boolean;
  flags: string[];
  /** What its answers said when it was written, of one that waited. */
  cites?: Cited[];
  delivery: Delivery;
  delivery_reason: string | null;
  send_at: Instant | null;
  hold: HeldBecause | null;
  /** The message that did not arrive and that this one stands in for; and the same from the other side. */
  instead_of: Id | null;
  instead: Id | null;
  address: string | null;
  version: number;
}

/** A link to the files of a message whose way carried none. */
export interface HandoutItem {
  /** Until when it opens; null: not any more. */
  until: Instant | null;
  fetched: number;
  fetched_at: Instant | null;
  shut_at: Instant | null;
}

/** An address and an inbox of ours by which an answer can go, or why it cannot. */
export interface WayItem {
  channel: string;
  inbox: Id;
  inbox_name: string;
  address: string;
  proven: boolean;
  open: boolean;
  bar: "not_theirs" | "claimed" | "opted_out" | "window" | "cannot_start" | "switched_off" | null;
  why: string;
  doubt: "failed" | "shared" | "public" | null;
  later: Instant | null;
  speaker: string | null;
  preferred: boolean;
  usual: boolean;
  /** Characters that a link to files takes this way; 0 where it carries the files themselves. */
  link: number;
  /** Seconds for which an answer may be held back, to be taken back; null where words are gone at once. */
  undo: number | null;
  /** Approved texts that go this way, also where only its window is closed. */
  templates: TemplateItem[];
}

/** An approved text with {{1}}, {{2}} … for what the agent fills in. */
export interface TemplateItem {
  id: string;
  name: string;
  language: string;
  text: string;
  gaps: number;
}

/** What they would get, from the code that sends it. */
export interface PreviewItem {
  way: WayItem;
  parts: string[];
  sender: string;
  subject: string | null;
  html: string | null;
  used: number;
  most: number | null;
  /** The sign that makes it take more parts than it would without. */
  dear: string | null;
  misfits: ("format" | "files" | "length")[];
  over: number;
  /** The question how we did, which they get too if this answer solves the ticket. */
  asks: string | null;
}

export interface Actor {
  kind: string;
  id: Id;
}

export type Facts = Record<string, unknown>;

/** Something that happened to a ticket, as its timeline shows it. */
export interface EventItem {
  type: "event";
  id: Id;
  event: string;
  at: Instant;
  actor: Actor;
  facts: Facts;
  /** Why they did it, in their own words. */
  said: string | null;
  ticket: Id;
  at_version: number;
  position: number;
}

export type Item = MessageItem | EventItem;

export interface Load {
  total: number;
  by_channel: Record<string, number>;
}

export interface Agent {
  id: Id;
  name: string;
  email: string;
  role: Role;
  duty: Duty;
  duty_since: Instant;
  duty_reason: string | null;
  /** What they do as soon as nothing live is left with them. */
  next_duty?: Duty | null;
  languages: string[];
  skills: Record<string, number>;
  capacity: Load;
  load: Load;
  active: boolean;
  teams: Id[];
  /** Those of them that they serve for now. */
  lent?: Id[];
  version: number;
}

export interface Queue {
  id: Id;
  slug: string;
  name: string;
  /** What it is called in other languages. */
  titles?: Record<string, string>;
  team: Id;
  icon: string;
  order: number;
  active?: boolean;
  version?: number;
  /** How it looks for an agent; lengths of time in seconds. */
  profile?: { rings: { after: number; skill: string | null; least: number }[]; hold: number; handle: number | null; overflow: Id | null; overflow_after: number; wrap_up: number };
}

export interface Service {
  id: Id;
  slug: string;
  name: Record<string, string>;
  queue: Id;
  policy?: Id;
  order: number;
  active?: boolean;
}

export interface Team {
  id: Id;
  name: string;
}

export interface Capabilities {
  text: boolean;
  html: boolean;
  files: boolean;
  subject: boolean;
  live: boolean;
  threads: boolean;
  starts: boolean;
  replies: boolean;
  length: number | null;
  parts?: number;
  /** Everybody can read what is answered here; only a ticket that was filed there has such a way. */
  public?: boolean;
  /** Staff enter what comes in here, for people who stand there or whose letter came. */
  entered?: boolean;
  /** It comes and goes on paper. */
  posted?: boolean;
  /** Its contacts are calls. */
  calls?: boolean;
  /** Seconds for which an answer may be held back; null where words are gone at once. */
  undo?: number | null;
  icon: string;
  tone: number;
  order: number;
}

/** A channel as it declares itself; screens ask its capabilities and never its name. */
export interface Channel {
  name: string;
  title: Record<string, string>;
  /** What its addresses begin with. */
  scheme?: string;
  capabilities: Capabilities;
  /** Words for the numbers with which a message's reason may begin ("30006: …"). */
  reasons?: Record<string, Record<string, string>>;
}

export interface Inbox {
  id: Id;
  channel: string;
  name: string;
  queue: Id;
  address: string | null;
  active: boolean;
  version?: number;
}

export const REFUSALS = ["occupied", "skill", "language", "acquainted", "other"] as const;
export type Refusal = (typeof REFUSALS)[number];

/** A piece of work that I have, or still wrap up. */
export interface WorkItem {
  id: Id;
  ticket: Id;
  channel: string;
  live: boolean;
  state: "active" | "wrapping";
  virtual_start: Instant;
  entered_at: Instant;
  first: Id | null;
  wraps_until: Instant | null;
  row: TicketRow;
}

/** A colleague who is asked to look at a contact with whoever has it. */
export interface Consult {
  id: Id;
  ticket: Id;
  asker: Id;
  asked: Id;
  made_at: Instant;
  state: "asked" | "joined";
  row: TicketRow;
}

export interface Offer {
  id: Id;
  work: Id;
  ticket: Id;
  agent: Id;
  made_at: Instant;
  expires_at: Instant;
  why: string;
  state?: string;
  head_start?: number;
  because?: Because | null;
  refusal?: Refusal | null;
  row: TicketRow;
}

/** Why an offer came to this agent, and before what else waits; lengths of time in seconds. */
export interface Because {
  free: number;
  known: boolean;
  waited: number;
  priority: Priority;
  aged: boolean;
  head_start: number;
  held?: boolean;
  pressing?: boolean;
  widened?: number;
  others?: Others | null;
}

/** Of so many who are able besides: why none of them. */
export interface Others {
  able: number;
  away: number;
  full: number;
  refused: number;
  fit: number;
  later: number;
}

export interface Counts {
  [name: string]: number | Record<Id, number>;
}

/** Everything a screen needs to begin, with the position read before it. */
export type CallState = "arrived" | "waiting" | "promised" | "connecting" | "dialling" | "talking" | "lost" | "recording_message" | "wrapping" | "ended";

/** One line of a call. */
export interface CallLeg {
  id: Id;
  part: "caller" | "agent" | "consulted" | "supervisor";
  agent: Id | null;
  state: "dialling" | "in" | "gone";
  held: boolean;
  muted: boolean;
  mode: "listen" | "whisper" | "join" | "passed_on" | "told_first" | null;
  joined_at: Instant | null;
  left_at: Instant | null;
  why: string | null;
}

/** How a caller stands to being recorded. */
export type TapeConsent = "announced" | "asked" | "agreed" | "refused" | "aloud";

/** A live conversation by voice; `numbers` are those of its lines, by line. */
export interface Call {
  id: Id;
  ticket: Id | null;
  inbox: Id;
  direction: "in" | "out";
  state: CallState;
  language: string | null;
  number: string | null;
  numbers: Readonly<Record<Id, string>>;
  agent: Id | null;
  legs: readonly CallLeg[];
  recording: "off" | "on" | "paused" | "coming" | "lost";
  /** Null: nobody told or asked them. */
  consent: TapeConsent | null;
  consent_at: Instant | null;
  ending: string | null;
  short: boolean;
  arrived_at: Instant;
  waiting_since: Instant | null;
  bridged_at: Instant | null;
  ended_at: Instant | null;
  attempts: number;
  next_at: Instant | null;
  trouble: string | null;
  message: Id | null;
  version: number;
}

export interface Bootstrap {
  position: number;
  me: Agent;
  agents: Agent[];
  queues: Queue[];
  services: Service[];
  teams: Team[];
  channels: Channel[];
  inboxes: Inbox[];
  counts?: Counts;
  calls?: Call[];
  broadcasts?: Broadcast[];
}

/** What a supervisor said to everybody, or to those who serve one queue. */
export interface Broadcast {
  id: Id;
  author: Id;
  queue: Id | null;
  team: Id | null;
  text: string;
  said_at: string;
  until: string;
  ended_at: string | null;
  version: number;
}

export interface Session {
  agent: Agent;
  csrf: string;
  position: number;
  scope: string[];
  language: string | null;
  theme: string | null;
}

/** What is as it was before I gave it away; `full`: what finds no room any more. */
export interface Handback extends Page<TicketRow> {
  full: readonly Id[];
}

export interface Page<T> {
  items: T[];
  next: string | null;
  position?: number;
}

/** An event as the socket carries it. */
export interface EventFrame {
  position: number;
  id: Id;
  type: string;
  at: Instant;
  actor: Actor;
  ticket: Id | null;
  at_version: number | null;
  facts: Facts;
  personal: Facts | null;
}

export interface Signal {
  kind: "viewing" | "typing" | "replying" | "left";
  ticket: Id;
  agent: Id;
  channel?: string;
  since?: Instant;
}

export interface Gone {
  ticket: Id;
  position: number;
}

/** A passing sign of a visitor in a talk. */
export interface GuestSign {
  kind: "here" | "typing" | "gone";
  ticket: Id;
}

/** One text frame of the socket; each has exactly one of these. */
export interface Frame {
  hello?: { position: number };
  events?: EventFrame[];
  gone?: Gone[];
  signals?: Signal[];
  guests?: GuestSign[];
  /** What asks for a supervisor now, all of it. */
  alerts?: Alert[];
  refresh?: string[];
  reset?: boolean;
}
