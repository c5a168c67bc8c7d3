/** How words can travel to this person: asked of what channels declare and of what the server judged, never of names. */

import type { Channel, Inbox, Item, MessageItem, TicketRow, WayItem } from "@shared/words";

export type Bar = "unreachable" | "noInbox" | NonNullable<WayItem["bar"]>;

export interface Way {
  channel: Channel;
  /** Why it cannot be taken now, or null. */
  barred: Bar | null;
  /** The addresses by which it goes, where the server said so: open ones first. */
  places: readonly WayItem[];
}

/** Every channel that can carry an answer, in the order that channels declare; the server knows better once it was asked. */
export function ways(channels: Iterable<Channel>, inboxes: Iterable<Inbox>, items: readonly Item[], row: TicketRow, judged: readonly WayItem[] | null = null): Way[] {
  const open = new Set([...inboxes].filter((inbox) => inbox.active).map((inbox) => inbox.channel));
  const used = new Set([row.channel, ...items.flatMap((item) => (item.type === "message" ? [item.channel] : []))]);
  return [...channels]
    .filter(({ capabilities, name }) => capabilities.replies && (!capabilities.public || used.has(name)))
    .sort((a, b) => a.capabilities.order - b.capabilities.order)
    .map((channel) => {
      if (!judged) return { channel, barred: barred(channel, open, used), places: [] };
      const places = judged.filter((one) => one.channel === channel.name);
      return { channel, barred: places.some(takes) ? null : (places[0]?.bar ?? (open.has(channel.name) ? "unreachable" : "noInbox")), places };
    });
}

/** Whether anything goes there: words, or at least an approved text. */
function takes(place: WayItem): boolean {
  return place.open || (place.bar === "window" && place.templates.length > 0);
}

/** Whether only approved texts go there now. */
export function onlyApproved(place: WayItem | undefined): boolean {
  return place !== undefined && !place.open && takes(place);
}

/** An approved text with what was filled in; an empty gap stays as it is. */
export function filled(text: string, values: readonly string[]): string {
  return text.replace(/\{\{(\d{1,2})\}\}/g, (gap, number: string) => values[Number(number) - 1]?.trim() || gap);
}

function barred(channel: Channel, open: ReadonlySet<string>, used: ReadonlySet<string>): Way["barred"] {
  if (!open.has(channel.name)) return "noInbox";
  return used.has(channel.name) || channel.capabilities.starts ? null : "unreachable";
}

/** What the server chose; until it was asked, where the person last wrote, else the first way that is open. */
export function usual(all: readonly Way[], items: readonly Item[], row: TicketRow): Way | undefined {
  const lastIn = items.findLast((item): item is MessageItem => item.type === "message" && item.direction === "in");
  const open = all.filter((way) => !way.barred);
  const chosen = open.find((way) => way.places.some((place) => place.usual));
  return chosen ?? open.find((way) => way.channel.name === (lastIn?.channel ?? row.channel)) ?? open[0];
}

/** Of a way's addresses the one that was chosen, else the usual one, else the first that is open. */
export function placeOf(way: Way | undefined, address: string | null): WayItem | undefined {
  const open = way?.places.filter(takes).sort((a, b) => Number(b.open) - Number(a.open)) ?? [];
  return open.find((place) => place.address === address) ?? open.find((place) => place.usual) ?? open[0];
}

/** Words of others that came after the writing began, and were not mine. */
export function unreadSince(items: readonly Item[], seen: number, me: string): MessageItem | null {
  const news = items.filter((item): item is MessageItem => item.type === "message" && item.at_version > seen && item.author !== me);
  return news.findLast((item) => item.direction !== "note") ?? null;
}
