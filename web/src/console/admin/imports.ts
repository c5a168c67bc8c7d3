/** Tables that are brought in, as the API tells of them. */

import type { Id } from "@shared/words";

export type Brought = "people" | "tickets";

/** A table that is, or was, brought in. `mapping` names the column (from 0) of each field. */
export interface Import {
  id: Id;
  kind: Brought;
  name: string;
  size: number;
  encoding: string;
  separator: string;
  headings: string[];
  mapping: Record<string, number>;
  inbox: Id | null;
  state: "draft" | "running" | "done" | "dropped";
  at: string;
  line: number;
  taken: number;
  joined: number;
  skipped: number;
  version: number;
}

/** A row as it stands there; each fault is said in the language of the screen. */
export interface PreviewRow {
  line: number;
  cells: string[];
  why: string | null;
  faults: { code: Fault; there: string }[];
}

export type Fault = "kind" | "nobody" | "service" | "status" | "priority" | "time" | "future" | "empty" | "backwards" | "mail" | "phone";

/** The first rows of a table, and what is wrong with those looked at. */
export interface ImportPreview {
  fields: string[];
  missing: "who" | "words" | "opened" | "door" | null;
  rows: PreviewRow[];
  looked_at: number;
  wrong: number;
  problems: PreviewRow[];
}
