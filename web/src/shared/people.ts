/** People as screens know them: who was found, by which addresses, with what holds for them. */

import type { Id, Instant } from "./words";

export interface Identity {
  id: Id;
  address: string;
  scheme: string;
  proven: boolean;
  evidence: string;
  shared: boolean;
  /** Of all who use an address one holds it: contacts from it are filed there. */
  held: boolean;
  created_at: Instant;
  proven_at: Instant | null;
}

export interface DoNot {
  what: "calls" | "writing" | "any";
  before: number | null;
  after: number | null;
}

export interface Need {
  code: string;
  detail: string;
}

export interface KnownNeed {
  code: string;
  words: Record<string, string>;
  asks: string | null;
}

export interface Relation {
  id: Id;
  kind: "member" | "household" | "acts_for";
  side: "customer" | "other";
  with_id: Id;
  with_name: string;
  with_kind: string;
  role: string;
  consent: string;
  consented_at: Instant | null;
  ends_at: Instant | null;
  holds: boolean;
  created_at: Instant;
}

export interface Merged {
  id: Id;
  source: Id;
  source_name: string;
  at: Instant;
  by: string;
  why: string;
  stays: string[];
}

/** Somebody found by what was typed. */
export interface FoundPerson {
  id: Id;
  name: string;
  latin: string;
  language: string | null;
  kind: string;
  street: string;
  place: string;
  created_at: Instant;
  identities: Identity[];
  version: number;
}

/** A person with all that holds for them; `records` are all their ids, the survivor's first. */
export interface Customer extends FoundPerson {
  channel: string | null;
  do_not: DoNot[];
  needs: Need[];
  safety: { reason: string; until: Instant }[];
  records: Id[];
  relations: Relation[];
  merges: Merged[];
}

export interface Suggestion {
  customer: FoundPerson;
  reasons: { code: string; words: string; detail: string; shared: boolean }[];
}
