/**
 * Priority ages: waiting a day counts as much as one priority more, but nothing grows into
 * an emergency. The server's rule (`crm_core/rules/ageing.py`), so that a row stands in its
 * place before the server is asked.
 */

import { PRIORITIES, type Priority, type TicketRow } from "./words";

const STEP = 86_400_000;
const EMERGENCY = PRIORITIES.indexOf("emergency");
const EMERGENCIES_FIRST = 1e15;

/** How much a row presses beside others: the greater first. */
export function presses(row: TicketRow): number {
  const rank = PRIORITIES.indexOf(row.priority);
  return (rank >= EMERGENCY ? EMERGENCIES_FIRST : rank * STEP) - since(row);
}

/** The priority after waiting, and how many hours that was; null where waiting has raised nothing. */
export function aged(row: TicketRow, now: number): { priority: Priority; hours: number } | null {
  const rank = PRIORITIES.indexOf(row.priority);
  const waited = now - since(row);
  const grown = Math.min(EMERGENCY - 1, rank + Math.floor(waited / STEP));
  const active = row.status !== "solved" && row.status !== "closed";
  if (!active || rank >= EMERGENCY || grown <= rank) return null;
  return { priority: PRIORITIES[grown] as Priority, hours: Math.floor(waited / 3_600_000) };
}

function since(row: TicketRow): number {
  return Date.parse(row.awaiting_since ?? row.created_at);
}
