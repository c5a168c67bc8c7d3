/**
 * The pages beside the lists, once: for the address, the navigation and the palette.
 *
 * A page owns its path and all below it; `rest` are the parts after it. Each is loaded when
 * it is first opened.
 */

import type { Component } from "svelte";
import type { Role } from "@shared/words";
import type { Words } from "../words/en";

/** A page takes what follows its path, or nothing. */
type PageComponent = Component<any>;

export interface Page {
  path: string;
  group: "workspace" | "reports" | "admin";
  icon: string;
  label: (t: Words) => string;
  /** The least role that may open it. */
  least: Role;
  load: () => Promise<{ default: PageComponent }>;
}

export const PAGES: readonly Page[] = [
  { path: "/live", group: "workspace", icon: "zap", label: (t) => t.nav.board, least: "supervisor", load: () => import("../board/Live.svelte") },
  { path: "/search", group: "workspace", icon: "search", label: (t) => t.search.title, least: "agent", load: () => import("../search/Search.svelte") },
  { path: "/counter", group: "workspace", icon: "walkin", label: (t) => t.nav.counter, least: "agent", load: () => import("../entering/Counter.svelte") },
  { path: "/letters", group: "workspace", icon: "mail-open", label: (t) => t.nav.letters, least: "agent", load: () => import("../entering/Letters.svelte") },
  { path: "/customers", group: "workspace", icon: "users", label: (t) => t.people.title, least: "agent", load: () => import("../people/Customers.svelte") },
  { path: "/answers", group: "workspace", icon: "book", label: (t) => t.library.title, least: "agent", load: () => import("../answers/Answers.svelte") },
  { path: "/reports/consistency", group: "reports", icon: "swap", label: (t) => t.nav.sameService, least: "supervisor", load: () => import("../reports/Consistency.svelte") },
  { path: "/reports/feedback", group: "reports", icon: "star", label: (t) => t.feedback.title, least: "supervisor", load: () => import("../reports/Feedback.svelte") },
  { path: "/reports/staffing", group: "reports", icon: "users", label: (t) => t.nav.staffing, least: "supervisor", load: () => import("../reports/staffing/Staffing.svelte") },
  { path: "/suspected", group: "workspace", icon: "shield", label: (t) => t.suspected.title, least: "supervisor", load: () => import("../admin/Suspected.svelte") },
  { path: "/admin/inboxes", group: "admin", icon: "mail", label: (t) => t.nav.inboxes, least: "admin", load: () => import("../inboxes/Inboxes.svelte") },
  { path: "/admin/acknowledgements", group: "admin", icon: "reply", label: (t) => t.acks.title, least: "admin", load: () => import("../admin/Acknowledgements.svelte") },
  { path: "/admin/keys", group: "admin", icon: "lock", label: (t) => t.nav.keys, least: "admin", load: () => import("../keys/Keys.svelte") },
  { path: "/admin/targets", group: "admin", icon: "clock", label: (t) => t.rules.targets, least: "admin", load: () => import("../admin/rules/Targets.svelte") },
  { path: "/admin/queues", group: "admin", icon: "inbox", label: (t) => t.nav.queues, least: "supervisor", load: () => import("../admin/queues/Queues.svelte") },
  { path: "/admin/hours", group: "admin", icon: "calendar", label: (t) => t.rules.hours, least: "admin", load: () => import("../admin/rules/Hours.svelte") },
  { path: "/admin/quarantine", group: "admin", icon: "alert", label: (t) => t.nav.quarantine, least: "admin", load: () => import("../admin/Quarantine.svelte") },
  { path: "/admin/retention", group: "admin", icon: "clock", label: (t) => t.nav.retention, least: "admin", load: () => import("../admin/Retention.svelte") },
  { path: "/admin/import", group: "admin", icon: "plus", label: (t) => t.nav.imports, least: "admin", load: () => import("../admin/Import.svelte") },
  { path: "/notices", group: "workspace", icon: "alert", label: (t) => t.nav.notices, least: "supervisor", load: () => import("../services/Notices.svelte") },
  { path: "/admin/services", group: "admin", icon: "grid", label: (t) => t.nav.services, least: "admin", load: () => import("../services/Services.svelte") },
  { path: "/admin/units", group: "admin", icon: "building", label: (t) => t.nav.units, least: "admin", load: () => import("../services/Units.svelte") },
  { path: "/admin/users", group: "admin", icon: "users", label: (t) => t.nav.users, least: "admin", load: () => import("../admin/Users.svelte") },
];

const RANK: Readonly<Record<Role, number>> = { agent: 0, supervisor: 1, admin: 2 };

export function mayOpen(page: Page, role: Role): boolean {
  return RANK[role] >= RANK[page.least];
}

/** The page at this path, and what follows it. */
export function pageAt(path: string): { page: Page; rest: readonly string[] } | null {
  const page = PAGES.find((one) => path === one.path || path.startsWith(`${one.path}/`));
  if (!page) return null;
  const rest = path.slice(page.path.length).split("/").filter(Boolean).map(decodeURIComponent);
  return { page, rest };
}
