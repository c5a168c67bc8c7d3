/** Inboxes and the forms of their channels, as the API tells of them. */

import type { Id, Instant } from "@shared/words";

export type Texts = Record<string, string>;
export type Value = string | number | boolean | null;
export type Kind = "text" | "prose" | "list" | "address" | "number" | "choice" | "secret" | "switch";

/** One setting as a form asks for it. */
export interface Setting {
  name: string;
  kind: Kind;
  needed: boolean;
  default: Value;
  label: Texts;
  hint: Texts;
  wrong: Texts;
  example: string;
  choices: { value: string; label: Texts }[];
}

export interface Group {
  title: Texts;
  folded: boolean;
  fields: Setting[];
}

/** A channel of which inboxes can be made. */
export interface Kindred {
  name: string;
  title: Texts;
  icon: string;
  order: number;
  about: Texts;
  address: Setting | null;
  groups: Group[];
  called: boolean;
  fetched: boolean;
  keys: boolean;
}

/** How it stands with where an inbox's contacts come from. */
export interface Source {
  heard_at: Instant | null;
  words: Texts | null;
  since: Instant | null;
}

/** An inbox with its settings. */
export interface Door {
  id: Id;
  channel: string;
  name: string;
  queue: Id;
  address: string | null;
  active: boolean;
  bound: boolean;
  version: number;
  settings: Record<string, Value>;
  secrets: string[];
  hook_url: string | null;
  source: Source | null;
  told: { label: Texts; hint: Texts; value: string }[];
}

export type Verdict = "well" | "ill" | "look";

export interface Step {
  code: string;
  name: Texts;
}

export interface Finding {
  step: string;
  verdict: Verdict;
  words: Texts;
  todo: Texts;
}

/** What the fields of a form hold while they are being filled in. A secret is null where it stays as it is. */
export interface Filled {
  name: string;
  queue: Id;
  bound: boolean;
  address: string;
  settings: Record<string, Value>;
}

export function fieldsOf(channel: Kindred): Setting[] {
  return channel.groups.flatMap((group) => group.fields);
}

/** As the form begins: what is kept, else what would hold if nobody said anything. */
export function filled(channel: Kindred, door: Door | null, queue: Id): Filled {
  const settings = Object.fromEntries(
    fieldsOf(channel).map((field) => [field.name, field.kind === "secret" ? (door ? null : "") : (door?.settings[field.name] ?? field.default ?? "")]),
  );
  return { name: door?.name ?? "", queue: door?.queue ?? queue, bound: door?.bound ?? false, address: door?.address ?? "", settings };
}

/** What of the settings is to be sent: what differs from `before`; of a new inbox all that says anything. */
export function changed(channel: Kindred, now: Filled, before: Filled | null): Record<string, Value> {
  const fields = fieldsOf(channel).filter(({ name, kind }) => {
    const value = now.settings[name] ?? null;
    if (!before) return value !== "" && value !== null;
    return kind === "secret" ? value !== null : value !== before.settings[name];
  });
  return Object.fromEntries(fields.map(({ name }) => [name, now.settings[name] ?? null]));
}
