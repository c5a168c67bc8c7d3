/** How a person is shown in short: chips of what to heed, names, times of day. */

import type { Customer, DoNot, FoundPerson, KnownNeed, Page } from "@shared/words";
import { get } from "../desk/api";
import { desk } from "../desk/desk.svelte";
import { tongue } from "../words/words.svelte";

export interface Chip {
  key: string;
  text: string;
  tone: "" | "late";
  title?: string;
}

let needs: Promise<readonly KnownNeed[]> | null = null;

/** The needs there are, asked for once. */
export function knownNeeds(): Promise<readonly KnownNeed[]> {
  needs ??= get<Page<KnownNeed>>("/needs")
    .then((page) => page.items)
    .catch((error: unknown) => {
      needs = null;
      throw error;
    });
  return needs;
}

/** A minute of the day as a clock shows it. */
export function clockOf(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

export function wishWords(wish: DoNot): string {
  const t = tongue.t.people;
  const what = t.no[wish.what];
  if (wish.after !== null) return t.after(what, clockOf(wish.after));
  if (wish.before !== null) return t.before(what, clockOf(wish.before));
  return what;
}

/** What whoever serves them must heed: warnings first, then language, channel, wishes and needs. */
export function chipsOf(person: Customer, known: readonly KnownNeed[]): Chip[] {
  const t = tongue.t;
  const channel = person.channel ? desk.state.channels[person.channel] : undefined;
  const chips: Chip[] = person.safety.map((one) => ({ key: `safety ${one.reason}`, text: one.reason, tone: "late", title: t.people.warning(one.reason, one.until.slice(0, 10)) }));
  if (person.language) chips.push({ key: "language", text: t.languageName(person.language), tone: "" });
  if (channel) chips.push({ key: "channel", text: t.people.prefers(tongue.pick(channel.title)), tone: "" });
  for (const wish of person.do_not) chips.push({ key: `wish ${wish.what} ${wish.before} ${wish.after}`, text: wishWords(wish), tone: "" });
  for (const need of person.needs) {
    const words = tongue.pick(known.find((one) => one.code === need.code)?.words) || need.code;
    const detail = /^[a-z]{2,3}$/.test(need.detail) ? t.languageName(need.detail) : need.detail;
    chips.push({ key: `need ${need.code}`, text: detail ? `${words}: ${detail}` : words, tone: "" });
  }
  return chips;
}

/** A name as they write it, with its Latin form where it needs one. */
export function fullName(person: FoundPerson): string {
  return [person.name, person.latin].filter(Boolean).join(" ") || tongue.t.customer.noName;
}
