/** Wishes about messages, and by which of our inboxes an address of somebody can be written to. */

import type { Channel, Customer, Id, Identity, Inbox, Instant } from "@shared/words";

/** One line of the ledger, as the API tells of it. */
export interface Consent {
  id: Id;
  address: string;
  inbox: Id;
  wish: "stop" | "start";
  how: "person" | "provider" | "complaint" | "staff";
  at: Instant;
  by: Id | null;
  reason: string;
}

/** An address with the inboxes that can write to it. */
export interface Reachable {
  identity: Identity;
  inboxes: Inbox[];
}

export function reachable(person: Customer, inboxes: readonly Inbox[], channels: Readonly<Record<string, Channel>>): Reachable[] {
  const open = inboxes.filter((one) => one.active && channels[one.channel]?.capabilities.replies);
  return person.identities
    .map((identity) => ({ identity, inboxes: open.filter((one) => channels[one.channel]?.scheme === identity.scheme) }))
    .filter((one) => one.inboxes.length > 0);
}
