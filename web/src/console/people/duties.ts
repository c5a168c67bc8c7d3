/** What we owe a person, as the API tells of it: holds, erasures, exports. */

import type { Id } from "@shared/words";

/** Words that must be kept: of a person, or of one of their matters. */
export interface Hold {
  id: Id;
  customer: Id;
  ticket: Id | null;
  reason: string;
  by: Id;
  at: string;
  lifted_at: string | null;
  lifted_by: Id | null;
}

export type ErasureReason = "asked" | "withdrawn" | "over" | "unlawful" | "kin";

/** Somebody who is being, or was, forgotten. `ended_at`: for readers; `finished_at`: in the bytes, too. */
export interface Erasure {
  id: Id;
  customer: Id;
  reason: ErasureReason;
  reference: string;
  by: Id;
  at: string;
  stage: "tickets" | "elsewhere" | "quarantine" | "done";
  tickets: number;
  messages: number;
  files: number;
  ended_at: string | null;
  finished_at: string | null;
  version: number;
}

/** How much is kept of a person, and what stands in the way of forgetting it. */
export interface Held {
  addresses: number;
  tickets: number;
  messages: number;
  files: number;
  holds: Hold[];
  erasures: Erasure[];
  exports: Export[];
}

/** Everything about a person in one archive; it can be fetched once. */
export interface Export {
  id: Id;
  at: string;
  by: Id;
  state: "asked" | "ready" | "fetched" | "gone";
  size: number;
  expires_at: string | null;
  fetched_by: Id | null;
}
