/** Everything an agent can do, once: for keys, the palette and the page of keys. */

import type { Offer, TicketRow } from "@shared/words";
import { isActive } from "@shared/views";
import { lists } from "../list/lists.svelte";
import type { Words } from "../words/en";
import { tongue } from "../words/words.svelte";
import { deeds } from "./deeds.svelte";
import { desk } from "./desk.svelte";
import { menus } from "./menus.svelte";
import { offered } from "./offered";
import { LANGUAGES, prefs } from "./prefs.svelte";
import { router } from "./router.svelte";
import { phoneChannel } from "./spoken";
import { toasts } from "./toasts.svelte";
import { ui } from "./ui.svelte";

export type CommandName = keyof Words["command"];
export type Group = keyof Words["keys"]["groups"];

export interface Command {
  name: CommandName;
  group: Group;
  keys?: string;
  /** A second way; not drawn. */
  also?: string;
  icon?: string;
  when?: () => boolean;
  run: () => void;
  /** Works while somebody writes. */
  writing?: boolean;
  /** A key only: it makes no sense in the palette. */
  keyOnly?: boolean;
}

/** The open ticket, as this agent left it. */
export function openTicket(): TicketRow | null {
  const number = router.number;
  const row = number ? Object.values(desk.state.tickets).find((one) => one.number === number) : null;
  return row ? deeds.hoped(row) : null;
}

/** Agents hide nothing from those who look after the queues. */
export const mayConfide = (): boolean => desk.me.role !== "agent";

const withTicket = (act: (row: TicketRow) => void) => (): void => {
  const row = openTicket();
  if (row) act(row);
};
const hasTicket = (): boolean => openTicket() !== null;
const hasActive = (): boolean => {
  const row = openTicket();
  return row !== null && isActive(row);
};
const hasWhole = (): boolean => hasActive() && !openTicket()?.parent;
const hasSolved = (): boolean => openTicket()?.status === "solved";
const hasOpen = (): boolean => hasTicket() && openTicket()?.status !== "closed";
const firstOffer = (): Offer | undefined => offered()[0];
const hasOffer = (): boolean => firstOffer() !== undefined;
const onCall = (): boolean => ui.call?.isOn() ?? false;
const related = (): TicketRow | undefined => desk.state.tickets[openTicket()?.related ?? ""];

export const COMMANDS: readonly Command[] = [
  { name: "palette", group: "everywhere", keys: "mod+k", writing: true, keyOnly: true, run: () => (ui.dialog = ui.dialog === "palette" ? null : "palette") },
  { name: "keys", group: "everywhere", keys: "?", icon: "keypad", run: () => (ui.dialog = "keys") },
  { name: "nextPane", group: "everywhere", keys: "f6", writing: true, keyOnly: true, run: () => walk(1) },
  { name: "previousPane", group: "everywhere", keys: "shift+f6", writing: true, keyOnly: true, run: () => walk(-1) },
  { name: "takeBack", group: "composer", keys: "mod+z", keyOnly: true, writing: true, when: () => ui.takeBack !== null, run: () => ui.takeBack?.() },
  { name: "undo", group: "everywhere", keys: "mod+z", keyOnly: true, run: () => toasts.undo() },
  { name: "summary", group: "everywhere", keys: "alt+i", writing: true, keyOnly: true, run: () => toasts.announce(lists.summary) },

  { name: "goInbox", group: "go", keys: "g i", icon: "inbox", run: () => router.go("/inbox") },
  { name: "goLive", group: "go", keys: "g l", icon: "zap", run: () => router.go("/view/live") },
  { name: "goQueue", group: "go", keys: "g q", icon: "filter", run: () => (ui.dialog = "palette") },
  { name: "goView", group: "go", keys: "g v", icon: "filter", run: () => (ui.dialog = "palette") },
  { name: "goAnswers", group: "go", keys: "g a", icon: "book", run: () => router.go("/answers") },
  { name: "goAdmin", group: "go", icon: "settings", when: () => desk.me.role === "admin", run: () => router.go("/admin/inboxes") },

  { name: "down", group: "list", keys: "j", also: "arrowdown", keyOnly: true, run: () => step(1) },
  { name: "up", group: "list", keys: "k", also: "arrowup", keyOnly: true, run: () => step(-1) },
  { name: "open", group: "list", keys: "enter", keyOnly: true, run: () => undefined, when: () => false },
  { name: "release", group: "list", keys: ".", icon: "arrow-up", when: () => lists.held.waiting.length > 0, run: () => lists.settle() },
  { name: "filter", group: "list", keys: "/", icon: "filter", run: () => ui.filters?.() },
  { name: "takeNext", group: "list", keys: "w", icon: "inbox", run: () => void deeds.takeNext() },

  { name: "reply", group: "ticket", keys: "r", icon: "reply", when: hasTicket, run: () => ui.writes?.("reply") },
  { name: "note", group: "ticket", keys: "n", icon: "note", when: hasTicket, run: () => ui.writes?.("note") },
  { name: "assign", group: "ticket", keys: "a", icon: "user", when: hasTicket, run: () => menus.show("owner") },
  { name: "mine", group: "ticket", keys: "m", icon: "user", when: hasTicket, run: withTicket((row) => void deeds.assign(row, desk.state.me)) },
  { name: "queue", group: "ticket", keys: "q", icon: "filter", when: hasTicket, run: () => menus.show("queue") },
  { name: "priority", group: "ticket", keys: "p", icon: "priority-high", when: hasTicket, run: () => menus.show("priority") },
  { name: "snooze", group: "ticket", keys: "s", icon: "clock", when: hasActive, run: () => menus.show("snooze") },
  { name: "solve", group: "ticket", keys: "e", icon: "check", when: hasActive, run: withTicket((row) => void deeds.close(row, "solved")) },
  { name: "reopen", group: "ticket", keys: "shift+e", icon: "history", when: hasSolved, run: withTicket((row) => void deeds.reopen(row)) },
  { name: "transfer", group: "ticket", keys: "t", icon: "transfer", when: hasTicket, run: () => (ui.dialog = "transfer") },
  { name: "merge", group: "ticket", keys: "h", icon: "merge", when: () => related() !== undefined, run: joinRelated },
  { name: "service", group: "ticket", keys: "v", icon: "swap", when: hasTicket, run: () => menus.show("service") },
  { name: "wrongDesk", group: "ticket", keys: "x", icon: "swap", when: hasActive, run: () => menus.show("wrongDesk") },
  { name: "split", group: "ticket", icon: "branch", when: hasWhole, run: () => (ui.dialog = "split") },
  { name: "spam", group: "ticket", keys: "!", icon: "shield", when: hasOpen, run: () => (ui.dialog = "spam") },
  { name: "mergeInto", group: "ticket", icon: "merge", when: hasActive, run: () => (ui.dialog = "merge") },
  { name: "confide", group: "ticket", icon: "lock", when: () => hasTicket() && mayConfide(), run: () => (ui.dialog = "confide") },
  { name: "customer", group: "ticket", keys: "c", icon: "users", when: hasTicket, run: () => (ui.customer = !ui.customer) },
  { name: "copy", group: "ticket", keys: "y", icon: "copy", when: hasTicket, run: withTicket((row) => void copyNumber(row.number)) },
  { name: "unread", group: "ticket", keys: "u", icon: "arrow-up", when: hasTicket, run: () => ui.goUnread?.() },

  { name: "sendWait", group: "composer", keys: "mod+enter", keyOnly: true, writing: true, when: hasTicket, run: () => ui.sends?.("waiting") },
  { name: "sendSolve", group: "composer", keys: "mod+shift+enter", keyOnly: true, writing: true, when: hasTicket, run: () => ui.sends?.("solved") },
  { name: "channel", group: "composer", keys: "f4", keyOnly: true, writing: true, when: hasTicket, run: () => ui.nextChannel?.() },
  { name: "leave", group: "composer", keys: "escape", keyOnly: true, run: () => undefined, when: () => false },

  { name: "accept", group: "work", keys: "f8", icon: "check", writing: true, when: () => hasOffer() || ui.asked !== null, run: () => void acceptFirst() },
  { name: "decline", group: "work", keys: "shift+f8", icon: "x", writing: true, when: () => hasOffer() || ui.asked !== null, run: () => void declineFirst() },

  { name: "hangUp", group: "call", keys: "shift+f8", icon: "phone", writing: true, when: () => onCall() && !hasOffer() && ui.asked === null, run: () => ui.call?.end() },
  { name: "mute", group: "call", keys: "f9", icon: "mic", writing: true, when: onCall, run: () => ui.call?.mute() },
  { name: "hold", group: "call", keys: "shift+f9", icon: "pause", writing: true, when: onCall, run: () => ui.call?.hold() },
  { name: "callTicket", group: "call", keys: "f2", icon: "phone", writing: true, when: onCall, run: () => ui.call?.goTo() },
  { name: "dial", group: "call", icon: "phone", when: () => hasTicket() && phoneChannel() !== undefined, run: () => (ui.dialog = "dial") },

  { name: "available", group: "state", keys: "shift+a", icon: "duty-available", run: () => void deeds.setDuty("available") },
  { name: "break", group: "state", keys: "shift+b", icon: "duty-break", run: () => void deeds.setDuty("break") },
  { name: "endShift", group: "state", icon: "transfer", run: () => (ui.dialog = "shift") },
  { name: "offline", group: "state", keys: "shift+o", icon: "duty-offline", run: () => void deeds.setDuty("offline") },

  { name: "theme", group: "everywhere", icon: "sun", run: switchTheme },
  { name: "language", group: "everywhere", icon: "languages", run: switchLanguage },
  { name: "signOut", group: "everywhere", icon: "sign-out", run: () => void desk.signOut() },
];

export async function copyNumber(number: string): Promise<void> {
  await navigator.clipboard?.writeText(number).catch(() => undefined);
  toasts.say(tongue.t.ticket.copied(number));
}

export function joinRelated(): void {
  const row = openTicket();
  const into = related();
  if (row && into) void deeds.merge(row, into);
}

/** To the next or the previous row, as it stands on the screen. */
export function step(by: number): void {
  const order = lists.held.order;
  const at = order.findIndex((id) => lists.row(id)?.number === router.number);
  const next = order[at < 0 ? 0 : Math.max(0, Math.min(order.length - 1, at + by))];
  const row = next ? lists.row(next) : undefined;
  if (row) router.open(row.number);
}

/** From pane to pane, the offer first; F6 goes on to the browser's own bar after the last. */
function walk(by: number): void {
  const panes = [...document.querySelectorAll<HTMLElement>("[data-pane]")].filter((pane) => pane.offsetParent !== null);
  const at = panes.findIndex((pane) => pane.contains(document.activeElement));
  const pane = panes[(at + by + panes.length) % panes.length];
  const inside = pane?.querySelector<HTMLElement>('[tabindex="0"], button:not([tabindex="-1"]), a, textarea, input');
  inside?.focus();
}

function acceptFirst(): Promise<void> | undefined {
  const offer = firstOffer();
  if (offer) return deeds.accept(offer);
  ui.asked?.accept();
  return undefined;
}

function declineFirst(): Promise<void> | undefined {
  const offer = firstOffer();
  if (offer) return deeds.decline(offer);
  ui.asked?.decline();
  return undefined;
}

function switchTheme(): void {
  const dark = document.documentElement.dataset.theme?.endsWith("dark");
  prefs.choose({ theme: dark ? "light" : "dark" });
}

function switchLanguage(): void {
  const next = LANGUAGES[(LANGUAGES.indexOf(prefs.language) + 1) % LANGUAGES.length];
  if (next) prefs.choose({ language: next });
}
