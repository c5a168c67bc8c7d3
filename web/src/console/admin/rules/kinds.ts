/** Policies and calendars as the server speaks of them. Amounts are seconds, times of the day minutes. */

import type { Priority, Promised, Reason } from "@shared/words";

export const COUNTS = ["open", "clock", "working_days", "calendar_days"] as const;
export type Count = (typeof COUNTS)[number];
export const TELLS = ["owner", "lead", "supervisors"] as const;
export type Tell = (typeof TELLS)[number];
export const AMOUNTS = ["first_live", "first_deferred", "next_answer", "resolution", "acceptance"] as const;
export type Amount = (typeof AMOUNTS)[number];

/** Which promise an amount is about. */
export const PROMISE_OF: Readonly<Record<Amount, Promised>> = {
  first_live: "first",
  first_deferred: "first",
  next_answer: "next",
  resolution: "resolution",
  acceptance: "acceptance",
};

export interface Targets {
  first_live: number;
  first_deferred: number;
  next_answer: number;
  resolution: number;
  acceptance: number | null;
  counting: Partial<Record<Promised, Count>>;
}

export interface Rung {
  percent: number;
  tell: Tell[];
}

export interface Policy {
  id: string;
  name: string;
  calendar: string;
  targets: Targets;
  by_priority: Partial<Record<Priority, Targets>>;
  pauses: Partial<Record<Reason, number>>;
  reopening: "continue" | "anew";
  ladder: Rung[];
  version: number;
}

export interface Span {
  opens: number;
  closes: number;
}

export interface Window extends Span {
  weekday: number;
}

export interface Exception {
  day: string;
  name: string;
  windows: Span[];
}

export interface Calendar {
  id: string;
  name: string;
  zone: string;
  windows: Window[];
  exceptions: Exception[];
  country: string | null;
  subdivision: string | null;
  version: number;
  open?: boolean;
  opens_at?: string | null;
}

export interface Edition<T> {
  id: string;
  kind: "policy" | "calendar";
  of: string;
  number: number;
  state: "draft" | "published";
  made_by: string | null;
  made_at: string;
  published_by: string | null;
  published_at: string | null;
  back_to: number | null;
  version: number;
  value: T;
}

export interface Slip {
  ticket: string;
  number: string;
  kind: Promised | null;
  was: string | null;
  becomes: string | null;
  late: boolean;
}

export interface Preview {
  of: number;
  more: boolean;
  looked_at: number;
  moved: number;
  late: number;
  sample: Slip[];
  example?: { zone: string; sent: string; first: string | null; next: string | null; resolution: string | null } | null;
}

export interface Job {
  id: string;
  why: string;
  state: "running" | "done";
  total: number;
  done: number;
  changed: number;
  late: number;
}
