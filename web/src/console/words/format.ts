/** Times, sizes and names as people say them. */

import type { Due, Promised, TicketRow } from "@shared/words";
import { isActive, isPaused } from "@shared/views";
import type { Words } from "./en";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Amber from here: a quarter of an hour. */
const SOON = 15 * MINUTE;
/** Seconds are shown from here on the open ticket. */
const BY_SECOND = 15 * MINUTE;

export type Pressure = "calm" | "soon" | "late" | "paused" | "done";

/** A length of time, rounded as a person would: 40 s, 11 min, 1 h 10, 3 days. */
export function span(ms: number, t: Words): string {
  const length = Math.abs(ms);
  if (length < MINUTE) return t.span.seconds(Math.floor(length / 1000));
  if (length < HOUR) return t.span.minutes(Math.floor(length / MINUTE));
  if (length < 2 * DAY) {
    const hours = Math.floor(length / HOUR);
    const minutes = Math.floor((length % HOUR) / MINUTE);
    return t.span.hours(hours, hours < 3 ? minutes - (minutes % 5) : 0);
  }
  return t.span.days(Math.floor(length / DAY));
}

/** A running clock: 0:07, 42:10, 1:02:33. */
export function running(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  const tail = `${String(seconds % 60).padStart(2, "0")}`;
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

export function pressure(row: TicketRow, now: number): Pressure {
  if (!isActive(row)) return "done";
  if (isPaused(row)) return "paused";
  if (!row.due) return "calm";
  const left = Date.parse(row.due.at) - now;
  return left < 0 ? "late" : left < SOON ? "soon" : "calm";
}

/** What a row says at its edge: time left, time late, paused. */
export function rowClock(row: TicketRow, now: number, t: Words): string {
  switch (pressure(row, now)) {
    case "done":
      return t.status[row.status];
    case "paused":
      return t.list.paused;
    case "late":
      return t.due.late(span(Date.parse((row.due as Due).at) - now, t));
    default:
      return row.due ? span(Date.parse(row.due.at) - now, t) : "";
  }
}

/** What the open ticket's chip says. */
export function chipText(row: TicketRow, now: number, t: Words): string {
  const kind = pressure(row, now);
  if (kind === "paused") return t.list.paused;
  if (kind === "done") return t.status[row.status];
  if (!row.due) return t.due.none;
  const left = Date.parse(row.due.at) - now;
  if (kind === "late") return t.due.late(span(left, t));
  return t.due.in[row.due.kind](left < BY_SECOND ? running(left) : span(left, t));
}

export function clockTime(at: string | number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hour12: false }).format(new Date(at));
}

/** A day that was written down, whatever the zone: "2026-11-20" is the twentieth everywhere. */
export function calendarDay(day: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`));
}

/** A moment with its day and year, for what leaves the screen and is read another day. */
export function dated(at: string | number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(new Date(at));
}

export function clockSeconds(at: number, locale: string): string {
  const style = { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false } as const;
  return new Intl.DateTimeFormat(locale, style).format(new Date(at));
}

/** A day's name: Today, Yesterday, Fri 20 Nov, 3 Mar 2025. */
export function dayName(at: string | number, now: number, t: Words, locale: string): string {
  const away = dayNumber(new Date(at)) - dayNumber(new Date(now));
  if (away === 0) return t.day.today;
  if (away === -1) return t.day.yesterday;
  if (away === 1) return t.day.tomorrow;
  return date(at, now, locale);
}

export function date(at: string | number, now: number, locale: string): string {
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  const style: Intl.DateTimeFormatOptions = sameYear
    ? { weekday: "short", day: "numeric", month: "short" }
    : { day: "numeric", month: "short", year: "numeric" };
  return new Intl.DateTimeFormat(locale, style).format(new Date(at)).replace(",", "");
}

/** A day and a time together: "Today 14:30", "Tue 24 Nov 09:00". */
export function moment(at: string | number, now: number, t: Words, locale: string): string {
  return `${dayName(at, now, t, locale)} ${clockTime(at, locale)}`;
}

/** A short date for a narrow column: today the word, this year "2 Nov", before that "Nov 25". */
export function shortDate(at: string, now: number, t: Words, locale: string): string {
  if (dayNumber(new Date(at)) === dayNumber(new Date(now))) return t.day.today;
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  const style: Intl.DateTimeFormatOptions = sameYear ? { day: "numeric", month: "short" } : { month: "short", year: "2-digit" };
  return new Intl.DateTimeFormat(locale, style).format(new Date(at));
}

export function size(bytes: number, locale: string): string {
  const [value, unit] = bytes < 1000 ? [bytes, "B"] : bytes < 1_000_000 ? [bytes / 1000, "kB"] : [bytes / 1_000_000, "MB"];
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: unit === "MB" ? 1 : 0 }).format(value)} ${unit}`;
}

/** A count in a narrow place. */
export function tally(count: number): string {
  return count > 999 ? "1k+" : String(count);
}

function dayNumber(day: Date): number {
  return Math.floor((day.getTime() - day.getTimezoneOffset() * MINUTE) / DAY);
}

/** What is told of a promise whose time runs out. */
export function toldWords(promise: string, percent: number, t: Words): string {
  if (promise === "pause") return t.told.pause;
  const kind = t.due.kind[promise as Promised] ?? promise;
  return percent < 100 ? t.told.share(kind, percent) : t.told.late(kind);
}
