/** How long things are kept, as the API tells of it. */

import type { Id } from "@shared/words";

export type Kept = "wires" | "files" | "quarantine" | "matters" | "people";

/** A pass over what is over: what it is about, and what it did. */
export interface Sweep {
  id: Id;
  at: string;
  by: string;
  state: "asks" | "running" | "done" | "declined";
  counted: Partial<Record<Kept, number>>;
  done: Partial<Record<Kept, number>>;
  why: string;
  ended_at: string | null;
  version: number;
}

/** How long each kind is kept (no entry or null: for ever), and what was taken lately. */
export interface Retention {
  kinds: Kept[];
  shortest: Record<Kept, number>;
  in_force: Partial<Record<Kept, number | null>>;
  sweeps: Sweep[];
}

/** What a sweep begun now would take. */
export interface DryRun {
  counted: Partial<Record<Kept, number>>;
}
