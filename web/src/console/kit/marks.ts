/** Which drawing stands for a state. */

import type { Duty, Priority, Status } from "@shared/words";

export const STATUS_ICON: Record<Status, string> = {
  new: "status-new",
  open: "status-open",
  waiting: "status-waiting",
  on_hold: "status-hold",
  solved: "status-solved",
  closed: "status-closed",
};

export const PRIORITY_ICON: Record<Priority, string> = {
  low: "priority-low",
  normal: "priority-normal",
  high: "priority-high",
  urgent: "priority-urgent",
  emergency: "priority-urgent",
};

export const DUTY_ICON: Record<Duty, string> = {
  available: "duty-available",
  busy: "duty-busy",
  wrap_up: "duty-wrap",
  break: "duty-break",
  lunch: "duty-break",
  training: "duty-busy",
  away: "duty-offline",
  offline: "duty-offline",
};
