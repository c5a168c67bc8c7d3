/**
 * The drawings we have. Channels and queues name theirs by Lucide's names; what we do not
 * have is drawn by its nearest relative, and a stranger as a plain message.
 */

import sprite from "./sprite.svg?raw";

const DRAWN: ReadonlySet<string> = new Set([...sprite.matchAll(/id="i-([a-z-]+)"/g)].map((match) => match[1] as string));

const RELATIVES: Record<string, string> = {
  "message-square": "message",
  "messages-square": "message",
  "file-text": "form",
  "clipboard-list": "form",
  clipboard: "form",
  "form-input": "form",
  "square-pen": "form",
  "mail-check": "mail",
  inboxes: "inbox",
  "phone-call": "phone",
  "tablet-smartphone": "smartphone",
  "dollar-sign": "coins",
  banknote: "coins",
  wallet: "coins",
  "hand-coins": "coins",
  languages: "languages",
  recycle: "leaf",
  sprout: "leaf",
  trees: "tree",
  "trash-2": "trash",
  wrench: "hammer",
  construction: "hammer",
  house: "home",
  "building-2": "building",
  landmark: "building",
  library: "book",
  "book-open": "book",
  "graduation-cap": "school",
  gavel: "scale",
  "heart-pulse": "heart",
  baby: "heart",
  "parking-circle": "car",
  "square-parking": "car",
  "map-pin": "pin",
  lightbulb: "sun",
  droplets: "droplet",
  "id-card": "user",
  vote: "check",
  "circle-help": "message",
  tags: "hash",
  // By the names of our own drawings, as the design has them.
  coin: "coins",
  trans: "languages",
  counter: "walkin",
  chat: "message",
  sms: "smartphone",
  letter: "mail-open",
  bin: "trash",
  drop: "droplet",
  bolt: "zap",
  cog: "settings",
};

/** The name of the drawing to use. */
export function iconOf(name: string): string {
  if (DRAWN.has(name)) return name;
  return RELATIVES[name] ?? "message";
}

/** Put the drawings into the page, once. */
export function drawSprite(into: HTMLElement): void {
  const holder = document.createElement("div");
  holder.hidden = true;
  holder.innerHTML = sprite;
  into.prepend(holder);
}
