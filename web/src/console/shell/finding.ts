/** What the palette finds: tickets, colleagues, pages and actions; the actions that fit here first. */

import { isActive, workQueues } from "@shared/views";
import type { FoundPerson, TicketRow } from "@shared/words";
import { COMMANDS } from "../desk/commands";
import { desk } from "../desk/desk.svelte";
import { router } from "../desk/router.svelte";
import { titleOf } from "../desk/titles";
import { DUTY_ICON } from "../kit/marks";
import { lists } from "../list/lists.svelte";
import { readableAddress, shownName } from "../words/names";
import { tongue } from "../words/words.svelte";
import { toAddress, type Hit } from "../search/asked";
import { PAGES, mayOpen } from "./pages";

export type FoundGroup = "recent" | "tickets" | "people" | "pages" | "actions" | "answers" | "onServer";

export interface Found {
  id: string;
  group: FoundGroup;
  icon: string;
  label: string;
  more?: string;
  detail?: string;
  keys?: string;
  run: () => void;
}

const MOST = { tickets: 6, people: 4, actions: 8, recent: 4, onServer: 8 };

export function locally(words: string): Found[] {
  const prefix = /^[>#@/]/.exec(words.trim())?.[0];
  if (prefix === "/") return [];
  const low = normalised(words.trim().replace(/^[>#@]/, ""));
  if (!low && !prefix) return [...recent(), ...actions("").slice(0, 5), ...pages("")];
  if (prefix === ">") return actions(low);
  if (prefix === "#") return tickets(low);
  if (prefix === "@") return people(low);
  return [...tickets(low), ...people(low).slice(0, MOST.people), ...actions(low), ...pages(low)];
}

/** The tickets of the server's hits, each once: the newest of its messages that was found speaks for it. */
export function fromServer(hits: readonly Hit[]): Found[] {
  const found = new Map<string, Found>();
  for (const hit of hits) if (hit.number && !found.has(hit.number)) found.set(hit.number, ofTicket(hit, hit.number));
  return [...found.values()].slice(0, MOST.onServer);
}

/** People of the server's, by name, pinyin initials, mail or the end of a number. */
export function peopleFromServer(found: readonly FoundPerson[]): Found[] {
  return found.slice(0, MOST.onServer).map((one) => ({
    id: `customer ${one.id}`,
    group: "people",
    icon: one.kind === "organisation" ? "building" : "user",
    label: [one.name, one.latin].filter(Boolean).join(" ") || readableAddress(one.identities[0]?.address ?? ""),
    more: one.street,
    detail: readableAddress(one.identities[0]?.address ?? ""),
    run: () => router.go(`/customers/${one.id}`),
  }));
}

/** The way to all of it, with filters. */
export function everything(words: string): Found {
  return { id: "search", group: "onServer", icon: "search", label: tongue.t.search.all(words), run: () => router.go(toAddress({ q: words })) };
}

function ofTicket(hit: Hit, number: string): Found {
  return {
    id: `ticket ${number}`,
    group: "onServer",
    icon: "search",
    label: hit.subject || hit.snippet,
    more: hit.subject ? hit.snippet : "",
    detail: number,
    run: () => router.open(number, { trail: true }),
  };
}

function ticket(row: TicketRow, group: FoundGroup): Found {
  return {
    id: `ticket ${row.number}`,
    group,
    icon: desk.state.channels[row.channel]?.capabilities.icon ?? "message",
    label: titleOf(row),
    more: shownName(row.customer_name),
    detail: row.number,
    run: () => router.open(row.number, { trail: true }),
  };
}

function recent(): Found[] {
  const opened = Object.keys(desk.state.timelines).reverse();
  const rows = opened.flatMap((id) => desk.state.tickets[id] ?? []);
  return rows.slice(0, MOST.recent).map((row) => ticket(row, "recent"));
}

function tickets(low: string): Found[] {
  const bare = low.replace(/[\s-]/g, "");
  const fits = lists.rows.filter(
    (row) => row.number.toLowerCase().replace(/-/g, "").includes(bare) || `${titleOf(row)} ${row.customer_name}`.toLowerCase().includes(low),
  );
  fits.sort((a, b) => Number(isActive(b)) - Number(isActive(a)) || (a.updated_at < b.updated_at ? 1 : -1));
  return fits.slice(0, MOST.tickets).map((row) => ticket(row, "tickets"));
}

function people(low: string): Found[] {
  const all = Object.values(desk.state.agents).filter((one) => one.active && one.name.toLowerCase().includes(low));
  return all.map((one) => ({
    id: `agent ${one.id}`,
    group: "people",
    icon: DUTY_ICON[one.duty],
    label: one.name,
    detail: tongue.t.duty[one.duty],
    run: () => undefined,
  }));
}

function actions(low: string): Found[] {
  const fits = COMMANDS.filter((one) => !one.keyOnly && (!one.when || one.when()));
  const named = fits.filter((one) => tongue.t.command[one.name].toLowerCase().includes(low));
  const inContext = [...named].sort((a, b) => Number(b.group === "ticket") - Number(a.group === "ticket"));
  return inContext.slice(0, MOST.actions).map((one) => ({
    id: `command ${one.name}`,
    group: "actions",
    icon: one.icon ?? "zap",
    label: tongue.t.command[one.name],
    ...(one.keys ? { keys: one.keys } : {}),
    run: one.run,
  }));
}

function pages(low: string): Found[] {
  const t = tongue.t.nav;
  const views = (["inbox", "live", "snoozed", "drafts", "due", "unassigned", "waiting", "solved"] as const).map((name) => ({
    path: name === "inbox" ? "/inbox" : `/view/${name}`,
    label: t[name],
    icon: "filter",
  }));
  const queues = workQueues(desk.state.queues).map((queue) => ({ path: `/queue/${queue.slug}`, label: tongue.named(queue), icon: queue.icon }));
  const others = PAGES.filter((page) => mayOpen(page, desk.me.role)).map((page) => ({ ...page, label: page.label(tongue.t) }));
  return [...queues, ...views, ...others]
    .filter((page) => page.label.toLowerCase().includes(low))
    .map((page) => ({ id: `page ${page.path}`, group: "pages", icon: page.icon, label: page.label, run: () => router.go(page.path) }));
}

/** Numbers are found with spaces, in lower case and in full-width signs. */
function normalised(words: string): string {
  return words.normalize("NFKC").toLowerCase();
}
