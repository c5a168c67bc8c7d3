/** A day of a queue as somebody plans it, and what the formulas and a rehearsal say of it. */

import type { Aims } from "@shared/board";

export const SLOT = 1800;
const SLOTS = 48;

/** What usually comes live on such a day, in half hours from midnight; seconds. */
export interface Usual {
  days: number;
  contacts: number[];
  handle: number | null;
  patience: number | null;
  here: number;
  aims: Aims;
}

export interface Band {
  low: number;
  mid: number;
  high: number;
}

export interface Measured<T> {
  level: T;
  wait: T;
  occupancy: T;
  gives_up: T;
}

export interface Side {
  people: number;
  /** The wait is null where it grows without end. */
  formula: Measured<number | null>;
  rehearsal: Measured<Band | null>;
}

export interface Outlook {
  aims: Aims;
  runs: number;
  day: { now: Measured<Band | null>; then: Measured<Band | null> };
  intervals: { contacts: number; needed: number; scheduled: number; now: Side; then: Side }[];
}

/** What is asked; times of day in half hours from midnight, lengths in minutes, shares in percent. */
export interface Plan {
  from: number;
  to: number;
  contacts: (number | null)[];
  handle: number | null;
  patience: number | null;
  people: number | null;
  shrinkage: number | null;
  more: number | null;
  since: number;
}

export type Field = "contacts" | "handle" | "patience" | "people" | "shrinkage" | "more" | "to";

/** Where nothing is known: an ordinary office, three minutes each. */
const HANDLE = 3;
const OPENS = 16;
const CLOSES = 36;
const WANTED = 10 * 2;

export function beginning(usual: Usual): Plan {
  const busy = usual.contacts.flatMap((many, slot) => (many > 0 ? [slot] : []));
  const from = busy.length ? Math.min(...busy) : OPENS;
  const to = busy.length ? Math.max(...busy) + 1 : CLOSES;
  const since = Math.max(from, Math.min(WANTED, to - 1));
  return {
    from,
    to,
    contacts: usual.contacts.map((many) => Math.round(many * 10) / 10),
    handle: usual.handle === null ? HANDLE : Math.max(0.1, Math.round(usual.handle / 6) / 10),
    patience: usual.patience === null ? null : Math.max(0.1, Math.round(usual.patience / 6) / 10),
    people: Math.max(1, usual.here),
    shrinkage: 0,
    more: 2,
    since,
  };
}

/** Which fields cannot be asked like this. */
export function wrong(plan: Plan): Field[] {
  const found: Field[] = [];
  const bad = (value: number | null, least: number, most: number): boolean => value === null || !Number.isFinite(value) || value < least || value > most;
  if (plan.to <= plan.from) found.push("to");
  const asked = plan.contacts.slice(plan.from, plan.to);
  if (asked.some((many) => bad(many, 0, 5000)) || asked.reduce<number>((sum, many) => sum + (many ?? 0), 0) > 5000) found.push("contacts");
  if (bad(plan.handle, 1 / 60, 1440)) found.push("handle");
  if (plan.patience !== null && bad(plan.patience, 1 / 60, 1440)) found.push("patience");
  if (bad(plan.people, 0, 200) || !Number.isInteger(plan.people)) found.push("people");
  if (bad(plan.shrinkage, 0, 90)) found.push("shrinkage");
  if (bad(plan.more, -200, 200) || !Number.isInteger(plan.more) || (plan.people ?? 0) + (plan.more ?? 0) > 200) found.push("more");
  return found;
}

export function question(plan: Plan): Record<string, unknown> {
  const slots = Array.from({ length: plan.to - plan.from }, (_, at) => plan.from + at);
  const people = plan.people ?? 0;
  return {
    interval: SLOT,
    contacts: slots.map((slot) => plan.contacts[slot] ?? 0),
    handle: (plan.handle ?? HANDLE) * 60,
    patience: plan.patience === null ? null : plan.patience * 60,
    people: slots.map(() => people),
    changed: slots.map((slot) => (slot >= plan.since ? Math.max(0, people + (plan.more ?? 0)) : people)),
    shrinkage: (plan.shrinkage ?? 0) / 100,
  };
}

export const SLOT_ENDS: readonly number[] = Array.from({ length: SLOTS }, (_, at) => at + 1);
export const SLOT_STARTS: readonly number[] = Array.from({ length: SLOTS }, (_, at) => at);

/** "10:30"; the end of the day is 24:00. */
export function hour(slot: number): string {
  return `${String(Math.floor(slot / 2)).padStart(2, "0")}:${slot % 2 ? "30" : "00"}`;
}

export function percent(share: number): string {
  return `${Math.round(100 * Math.min(1, Math.max(0, share)))}%`;
}

/** "88–93%": the ends of a band, or one where they are the same. */
export function percents(band: Band | null): string {
  if (!band) return "–";
  const [low, high] = [percent(band.low), percent(band.high)];
  return low === high ? low : `${low.slice(0, -1)}–${high}`;
}
