/** What opens doors to programs, as the API tells of it. */

import type { Id, Instant } from "@shared/words";

/** A key of an app of others: it files at one inbox. */
export interface AppKey {
  id: Id;
  name: string;
  created_at: Instant;
  revoked_at: Instant | null;
  used_at: Instant | null;
  /** Of which inbox; the list is asked for inbox by inbox. */
  inbox: Id;
}

/** A token of a program of our own: it acts for a member of staff. */
export interface Token {
  id: Id;
  agent: Id;
  name: string;
  scopes: string[];
  created_at: Instant;
  expires_at: Instant | null;
  revoked_at: Instant | null;
  used_at: Instant | null;
}

export const MAY = { all: [], read: ["read"], write: ["read", "write"] } as const;
export type May = keyof typeof MAY;
