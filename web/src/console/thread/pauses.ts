/** The coded pauses as choices of a menu: `waiting:documents` is a status with its reason. */

import { REASONS, type Reason, type Status, type TicketRow } from "@shared/words";
import { deeds } from "../desk/deeds.svelte";
import type { Choice } from "../kit/Menu.svelte";
import { tongue } from "../words/words.svelte";

const WAITS: ReadonlySet<Reason> = new Set(["citizen", "documents", "appointment"]);

export function pauses(row: TicketRow): Choice[] {
  return REASONS.map((reason, index) => ({
    id: `${WAITS.has(reason) ? "waiting" : "on_hold"}:${reason}`,
    label: tongue.t.reason[reason],
    icon: "pause",
    checked: row.pause?.reason === reason,
    apart: index === 0,
    ...(index === 0 ? { heading: tongue.t.sla.stopClock } : {}),
  }));
}

/** Whether it was one of them. */
export function pickPause(row: TicketRow, id: string): boolean {
  const [status, reason] = id.split(":");
  if (!reason || !REASONS.includes(reason as Reason)) return false;
  void deeds.setStatus(row, status as Status, reason as Reason);
  return true;
}
