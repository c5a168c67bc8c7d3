/** How words can travel to this person: asked of what channels declare, never of their names. */

import type { Channel, Inbox, Item, MessageItem, TicketRow } from "@shared/words";

export interface Way {
  channel: Channel;
  /** Why it cannot be taken now, or null. */
  barred: "unreachable" | "noInbox" | null;
}

/** Every channel that can carry an answer, in the order that channels declare. */
export function ways(channels: Iterable<Channel>, inboxes: Iterable<Inbox>, items: readonly Item[], row: TicketRow): Way[] {
  const open = new Set([...inboxes].filter((inbox) => inbox.active).map((inbox) => inbox.channel));
  const used = new Set([row.channel, ...items.flatMap((item) => (item.type === "message" ? [item.channel] : []))]);
  return [...channels]
    .filter(({ capabilities }) => capabilities.replies)
    .sort((a, b) => a.capabilities.order - b.capabilities.order)
    .map((channel) => ({ channel, barred: barred(channel, open, used) }));
}

function barred(channel: Channel, open: ReadonlySet<string>, used: ReadonlySet<string>): Way["barred"] {
  if (!open.has(channel.name)) return "noInbox";
  return used.has(channel.name) || channel.capabilities.starts ? null : "unreachable";
}

/** Where the person last wrote, if an answer can go there; else the first way that is open. */
export function usual(all: readonly Way[], items: readonly Item[], row: TicketRow): Way | undefined {
  const lastIn = items.findLast((item): item is MessageItem => item.type === "message" && item.direction === "in");
  const open = all.filter((way) => !way.barred);
  return open.find((way) => way.channel.name === (lastIn?.channel ?? row.channel)) ?? open[0];
}

/** Words of others that came after the writing began, and were not mine. */
export function unreadSince(items: readonly Item[], seen: number, me: string): MessageItem | null {
  const news = items.filter((item): item is MessageItem => item.type === "message" && item.at_version > seen && item.author !== me);
  return news.findLast((item) => item.direction !== "note") ?? null;
}
