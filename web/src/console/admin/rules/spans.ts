/** Opening times of a day as spans of minutes, kept in order and apart. */

import type { Span } from "./kinds";

export const HALF = 30;
export const DAY = 1440;

/** In order, those that touch made one. */
export function tidy(spans: readonly Span[]): Span[] {
  const made: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.opens - b.opens)) {
    const last = made.at(-1);
    if (last && span.opens <= last.closes) last.closes = Math.max(last.closes, span.closes);
    else if (span.opens < span.closes) made.push({ ...span });
  }
  return made;
}

export function opened(spans: readonly Span[], from: number, to: number): Span[] {
  return tidy([...spans, { opens: from, closes: to }]);
}

export function closed(spans: readonly Span[], from: number, to: number): Span[] {
  const parts = spans.flatMap((span) => [
    { opens: span.opens, closes: Math.min(span.closes, from) },
    { opens: Math.max(span.opens, to), closes: span.closes },
  ]);
  return tidy(parts.filter((span) => span.opens < span.closes));
}

/** How much of this stretch is open: none, part of it, all. */
export function isOpen(spans: readonly Span[], from: number, to: number): "no" | "part" | "yes" {
  const minutes = spans.reduce((sum, span) => sum + Math.max(0, Math.min(span.closes, to) - Math.max(span.opens, from)), 0);
  return minutes === 0 ? "no" : minutes < to - from ? "part" : "yes";
}

export function time(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

/** 08:00–12:00, 13:00–17:00 */
export function written(spans: readonly Span[]): string {
  return spans.map((span) => `${time(span.opens)}–${time(span.closes)}`).join(", ");
}

/** What `written` wrote, or a person would; null where it is no time. */
export function read(text: string): Span[] | null {
  const parts = text.split(/[,;，；、]/u).map((part) => part.trim()).filter(Boolean);
  const spans: Span[] = [];
  for (const part of parts) {
    const found = /^(\d{1,2})(?:[:：](\d{2}))?\s*(?:-|–|—|~|至|to)\s*(\d{1,2})(?:[:：](\d{2}))?$/u.exec(part);
    if (!found) return null;
    const opens = Number(found[1]) * 60 + Number(found[2] ?? 0);
    const closes = Number(found[3]) * 60 + Number(found[4] ?? 0);
    if (opens >= closes || closes > DAY) return null;
    spans.push({ opens, closes });
  }
  return tidy(spans);
}
