/** Names as people write them. */

import { tongue } from "./words.svelte";

const HAN = /\p{Script=Han}/u;

/** Two letters, or one Han sign, for a disc. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const latin = words.filter((word) => /^\p{L}/u.test(word) && !HAN.test(word));
  if (latin.length >= 2) return ((latin[0] as string)[0] + (latin.at(-1) as string)[0]!).toUpperCase();
  if (latin.length === 1) return (latin[0] as string).slice(0, 2).toUpperCase();
  const first = words[0];
  return first && HAN.test(first) ? first[0]! : "?";
}

/** One of five quiet hues, always the same for the same person. */
export function hue(id: string): number {
  let sum = 0;
  for (const sign of id) sum = (sum * 31 + sign.codePointAt(0)!) % 9973;
  return (sum % 5) + 1;
}

/** As `crm_core/rules/callers.py` names whoever withholds their number, in the language they called in. */
const SOMEBODY = { en: "Withheld number", zh: "未显示号码" };
const NOBODYS = new Set(Object.values(SOMEBODY));

const NUMBER = /^(tel:)?\+\d+$/;
const ISOLATED = ["\u2066", "\u2069"] as const;

/** Whether somebody is known by their number only. */
export function isNumber(name: string): boolean {
  return NUMBER.test(name);
}

/**
 * Who is known by their number only, by it: in groups, and from left to right wherever it stands.
 * Our own name for nobody in the reader's language; any other name as it is.
 */
export function shownName(name: string): string {
  if (NOBODYS.has(name)) return tongue.pick(SOMEBODY);
  return NUMBER.test(name) ? ISOLATED.join(readableAddress(`tel:${name.replace(/^tel:/, "")}`)) : name;
}

/** How to call them in a short sentence; a number stays whole. */
export function firstName(name: string): string {
  if (NUMBER.test(name) || NOBODYS.has(name) || name.startsWith(ISOLATED[0])) return shownName(name);
  const words = name.trim().split(/\s+/);
  return words.find((word) => !HAN.test(word)) ?? words[0] ?? name;
}

/** The language to mark a piece of content with, where its signs tell. */
export function contentLanguage(text: string, otherwise?: string | null): string | undefined {
  if (HAN.test(text)) return "zh-Hans";
  return otherwise && !otherwise.startsWith("zh") ? otherwise : undefined;
}

/** An address as people read it: without its scheme, a number in groups. */
export function readableAddress(uri: string): string {
  const [scheme, value] = /^([a-z]+):(.*)$/s.exec(uri)?.slice(1) ?? ["", uri];
  return scheme === "tel" ? grouped(value as string) : (value as string);
}

/** Country, then threes, with a last group of four: +1 555 0142, +351 912 345 678. */
function grouped(number: string): string {
  const digits = number.replace(/[^\d]/g, "");
  if (!number.startsWith("+") || digits.length < 8) return number;
  const country = digits.startsWith("1") || digits.startsWith("7") ? 1 : digits.length > 11 ? 3 : 2;
  const rest = digits.slice(country);
  const head = rest.length % 3 === 1 ? rest.slice(0, -4) : rest;
  const groups = head.match(/\d{1,3}/g) ?? [];
  return `+${[digits.slice(0, country), ...groups, ...(head === rest ? [] : [rest.slice(-4)])].join(" ")}`;
}
