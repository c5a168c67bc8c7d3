/** Whether there is a telephone here at all: asked of what channels declare. Without one no part of it is fetched. */

import type { Channel, TicketRow } from "@shared/words";
import { desk } from "./desk.svelte";

/** Words are spoken on it, not written: a call. */
function isSpoken(channel: string): boolean {
  return desk.state.channels[channel]?.capabilities.calls ?? false;
}

/** Somebody is there to be spoken to, or waits to be called: not who left word, or hung up. */
export function isCalling(row: TicketRow): boolean {
  return row.live && isSpoken(row.channel);
}

/** The channel of an open inbox by which we can call, or be called. */
export function phoneChannel(): Channel | undefined {
  const inbox = Object.values(desk.state.inboxes).find((one) => one.active && isSpoken(one.channel));
  return inbox && desk.state.channels[inbox.channel];
}
