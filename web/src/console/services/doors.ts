/** At which kind of door a channel stands, by what it can carry and never by its name; and what a text costs there. */

import type { Channel } from "@shared/words";

export type Door = "portal" | "phone" | "text" | "talk" | "paper";

export const DOORS: readonly Door[] = ["portal", "phone", "text", "talk", "paper"];

/** The kind of door; null for those that show no question of their own (a mailbox). */
export function doorOf(channel: Channel): Door | null {
  const can = channel.capabilities;
  if (can.live) return can.text ? "talk" : "phone";
  if (can.length !== null) return "text";
  if (!can.replies) return can.starts ? "paper" : "portal";
  return null;
}

/** Signs that a text message carries in seven bits each (GSM 03.38, the common part). */
const SEVEN_BIT = /^[\w\s@£$¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ!"#¤%&'()*+,\-./:;<=>?¡ÄÖÑÜ§¿äöñüà]*$/;

export interface Segments {
  count: number;
  used: number;
  all: number;
}

/** How many messages a text takes: 160 signs, or 70 where one of them is not of the seven-bit alphabet. */
export function segments(text: string): Segments {
  const plain = SEVEN_BIT.test(text);
  const used = plain ? text.length : [...text].reduce((sum, sign) => sum + sign.length, 0);
  const [single, each] = plain ? [160, 153] : [70, 67];
  const count = used <= single ? 1 : Math.ceil(used / each);
  return { count, used, all: count === 1 ? single : count * each };
}
