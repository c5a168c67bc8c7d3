/** Colleagues named in a note: `@Anna` or `@Anna Keller`. */

import type { Agent, Id } from "@shared/words";

export interface Part {
  text: string;
  agent: Id | null;
}

/** A note in pieces, each either plain or a name. Full names are found before first names. */
export function mentions(text: string, agents: readonly Agent[]): Part[] {
  const parts: Part[] = [];
  let plain = "";
  for (let at = 0; at < text.length; ) {
    const found = text[at] === "@" ? named(text.slice(at + 1), agents) : null;
    if (!found) {
      plain += text[at];
      at += 1;
      continue;
    }
    if (plain) parts.push({ text: plain, agent: null });
    plain = "";
    parts.push({ text: `@${found.name}`, agent: found.id });
    at += found.name.length + 1;
  }
  return plain ? [...parts, { text: plain, agent: null }] : parts;
}

export function mentioned(text: string, agents: readonly Agent[]): Id[] {
  return [...new Set(mentions(text, agents).flatMap((part) => part.agent ?? []))];
}

function named(rest: string, agents: readonly Agent[]): { id: Id; name: string } | null {
  const names = agents.flatMap(({ id, name }) => [
    { id, name },
    { id, name: name.split(/\s+/)[0] as string },
  ]);
  const fits = names.filter(({ name }) => name && rest.startsWith(name) && !/^\p{L}/u.test(rest.slice(name.length)));
  return fits.sort((a, b) => b.name.length - a.name.length)[0] ?? null;
}

/** What is being typed after an `@` at the cursor, or null. */
export function typedMention(text: string, cursor: number): string | null {
  const match = /(?:^|\s)@([\p{L}\p{N}.-]*)$/u.exec(text.slice(0, cursor));
  return match ? (match[1] as string) : null;
}
