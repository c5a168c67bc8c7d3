/** The consistency report as it comes, and what is asked for. */

import { where } from "../desk/api";

export type Pair = readonly [number | null, number | null];
export type Says = "same" | "worse" | "better" | "few" | "alone" | "absent";

/** One channel in one measure; `amount` is null where fewer than half are over. */
export interface Cell {
  of: number;
  amount: number | null;
  interval: Pair;
  waiting: number;
  reference: number | null;
  range: Pair;
  p: number | null;
  says: Says;
  why: string;
}

export interface Kept {
  kept: number;
  of: number;
  share: number | null;
  promised: number | null;
  says: Says;
}

export interface Row {
  channel: string;
  tickets: number;
  /** Of so many of them somebody was asked how they were served. */
  asked: number;
  promise: Kept;
  measures: Record<string, Cell>;
}

export interface Measure {
  name: string;
  scale: "seconds" | "points";
}

export interface Report {
  as_of: string;
  refreshing: boolean;
  begins: string;
  ends: string;
  tickets: number;
  more: boolean;
  finding: Record<string, { headline: string; lead: string }>;
  measures: readonly Measure[];
  channels: readonly Row[];
}

/** What the page is about, as it stands in its address. */
export interface Asked {
  service: string;
  language: string;
  days: number;
  compare: "like" | "raw";
}

export const PERIODS = [7, 28, 84, 365] as const;
const USUAL = 28;

export function fromAddress(query: URLSearchParams): Asked {
  const days = Number(query.get("days"));
  return {
    service: query.get("service") ?? "",
    language: query.get("language") ?? "",
    days: (PERIODS as readonly number[]).includes(days) ? days : USUAL,
    compare: query.get("compare") === "raw" ? "raw" : "like",
  };
}

export function toAddress(asked: Asked): string {
  const usual = { days: asked.days === USUAL ? null : asked.days, compare: asked.compare === "like" ? null : asked.compare };
  return where("/reports/consistency", { service: asked.service, language: asked.language, ...usual });
}

/** When the day of whoever asks began. */
export function today(now: number): string {
  const day = new Date(now);
  day.setHours(0, 0, 0, 0);
  return day.toISOString();
}

/** The question to the server. It begins with a day of whoever asks, so that all who ask that day share the answer. */
export function question(path: string, asked: Asked, now: number, more: Record<string, string | null> = {}): string {
  const day = new Date(now);
  day.setHours(0, 0, 0, 0);
  day.setDate(day.getDate() - asked.days);
  const { service, language, compare } = asked;
  return where(`/reports/consistency${path}`, { service, language, from: day.toISOString(), compare, ...more });
}
