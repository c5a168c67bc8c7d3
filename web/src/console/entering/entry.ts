/** What is being entered, and what the server is sent of it. */

import { asked } from "@shared/asked";
import type { FoundPerson } from "@shared/people";
import type { Attachment, Id, TicketRow } from "@shared/words";

export interface Question {
  key: string;
  kind: string;
  label: Record<string, string>;
  help: Record<string, string>;
  required: boolean;
  choices: Record<string, string>[];
  only_if: { field: string; given: string; values: string[] } | null;
}

export interface Verdict {
  service: Id | null;
  confidence: number;
  words: string[];
  others: { service: Id; confidence: number; words: string[] }[];
}

/** What became of an entry; no ticket where our own code led it into a matter that we may not see. */
export interface Registered {
  id: Id;
  number: string;
  ticket: TicketRow | null;
}

/** Somebody we know, or somebody new; `name` is empty for who gives none. */
export type Who = { known: FoundPerson } | { name: string };

export interface Entry {
  id: string;
  who: Who | null;
  phone: string;
  email: string;
  street: string;
  place: string;
  papers: boolean;
  words: string;
  /** Null: as the words say. */
  service: Id | null;
  answers: Record<string, string>;
  forWhom: Who | null;
  role: string;
  consent: string;
  needs: Record<string, string>;
  /** As they stood when somebody known was found: only what changed is sent. */
  needed: Readonly<Record<string, string>>;
  language: string;
  priority: string;
  files: readonly Attachment[];
  told: string | null;
  /** The day a letter came; empty at a counter. */
  received: string;
  /** The matter that it joins: by its id, or by the signed code that stood on it. */
  joins: { ticket: Id } | { code: string } | null;
}

/** A matter that a scan may belong to. */
export interface Hint {
  number: string;
  code: string | null;
  ticket: TicketRow | null;
}

/** A scan as it was read. */
export interface Scan extends Attachment {
  how: string;
  pages: number;
  text: string;
  sure: number | null;
  picture: string;
  hints: Hint[];
}

export function blank(language: string): Entry {
  return {
    id: crypto.randomUUID(),
    who: null,
    phone: "",
    email: "",
    street: "",
    place: "",
    papers: false,
    words: "",
    service: null,
    answers: {},
    forWhom: null,
    role: "",
    consent: "",
    needs: {},
    needed: {},
    language,
    priority: "normal",
    files: [],
    told: null,
    received: "",
    joins: null,
  };
}

export const isKnown = (who: Who | null): who is { known: FoundPerson } => who !== null && "known" in who;

/** Today by the calendar on the wall, as date fields have it. */
export function today(): string {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

/** A new person is told from digits and an @: what was typed to look for them is not typed twice. */
export function startedWith(typed: string): Partial<Omit<Entry, "who">> & { who: { name: string } } {
  const plain = typed.trim();
  if (plain.includes("@")) return { who: { name: "" }, email: plain };
  if (/^[+\d][\d\s()./-]{3,}$/.test(plain)) return { who: { name: "" }, phone: plain };
  return { who: { name: plain } };
}

/** The body of `POST /registrations`. What came today counts from now, whatever the date is where this screen stands. A service that only follows from the words is left to the server's own rule, unless its questions were answered. */
export function registration(entry: Entry, inbox: Id, guessed: Id | null, questions: readonly Question[]): Record<string, unknown> {
  const { who, forWhom } = entry;
  const needs = Object.entries(entry.needs).map(([code, detail]) => ({ code, detail }));
  const changed = needs.length !== Object.keys(entry.needed).length || needs.some((one) => entry.needed[one.code] !== one.detail);
  const place = { ...(entry.street ? { street: entry.street } : {}), ...(entry.place ? { place: entry.place } : {}) };
  const of = { ...(entry.language ? { language: entry.language } : {}), ...(changed ? { needs } : {}), ...place };
  const answers = Object.fromEntries(asked(questions, entry.answers).filter((one) => entry.answers[one.key]).map((one) => [one.key, entry.answers[one.key]]));
  const service = entry.service ?? (Object.keys(answers).length ? guessed : null);
  const joins = entry.joins;
  const unsaid = joins !== null && who === null;
  return {
    inbox,
    entry: entry.id,
    ...(joins ?? {}),
    ...(entry.received && entry.received !== today() ? { received: entry.received } : {}),
    ...(unsaid ? {} : isKnown(who) ? { customer: who.known.id, ...(Object.keys(of).length ? { person: of } : {}) } : { person: { ...of, ...(who?.name ? { name: who.name } : {}) } }),
    phone: entry.phone,
    email: entry.email,
    papers: entry.papers,
    ...(forWhom ? { behalf: { ...(isKnown(forWhom) ? { customer: forWhom.known.id } : { name: forWhom.name }), role: entry.role, consent: entry.consent } } : {}),
    text: entry.words,
    ...(service ? { service } : {}),
    ...(Object.keys(answers).length ? { fields: answers } : {}),
    ...(entry.language ? { language: entry.language } : {}),
    priority: entry.priority,
    files: entry.files.map((one) => one.id),
    solved: entry.told ?? "",
  };
}

/** The body of `POST /tickets/{id}/senders`: whose a letter is that came by itself. */
export function sender({ who, street, place, phone, email }: Entry): Record<string, unknown> {
  const home = { ...(street ? { street } : {}), ...(place ? { place } : {}) };
  const person = isKnown(who) ? home : { ...home, name: who?.name ?? "" };
  return { ...(isKnown(who) ? { customer: who.known.id } : {}), ...(Object.keys(person).length ? { person } : {}), phone, email };
}

/** The promise that is made now, as its moment. */
export const promisedAt = (row: TicketRow): string | null => row.due?.at ?? null;
