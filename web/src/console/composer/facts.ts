/** Facts that inserted answers said and that are others now: the old value gives way to the new one where it stands by itself. */

import type { Cited } from "@shared/words";
import type { MovedFact } from "../desk/api";

const DIGIT_OR_LETTER = /^[A-Za-z0-9]$/;

/** The text with every old value replaced; a fact that is not known any more becomes a gap that holds the reply back. */
export function renewed(text: string, facts: readonly MovedFact[]): string {
  return facts.reduce((said, fact) => swapped(said, fact.was, fact.now || `⟦${fact.fact}⟧`), text);
}

/** What each answer says now, of the facts that were cited: the next try is judged against these. */
export function citedNow(cites: readonly Cited[], facts: readonly MovedFact[]): Cited[] {
  return cites.map((one) => {
    const mine = facts.filter((fact) => fact.answer === one.answer && one.facts[fact.fact] === fact.was);
    const kept = Object.entries(one.facts).filter(([name]) => !mine.some((fact) => fact.fact === name));
    const now = mine.filter((fact) => fact.now).map((fact) => [fact.fact, fact.now]);
    return { ...one, facts: Object.fromEntries([...kept, ...now]) as Record<string, string> };
  });
}

function swapped(text: string, was: string, now: string): string {
  let said = "";
  let at = 0;
  for (let found = text.indexOf(was); was && found >= 0; found = text.indexOf(was, at)) {
    const end = found + was.length;
    said += text.slice(at, found) + (apart(text, found, end) ? now : was);
    at = end;
  }
  return said + text.slice(at);
}

/** 5 does not stand in 15, nor in 5,000. */
function apart(text: string, begin: number, end: number): boolean {
  return !joins(text[begin], text[begin - 1], text[begin - 2]) && !joins(text[end - 1], text[end], text[end + 1]);
}

function joins(edge = "", next = "", beyond = ""): boolean {
  if (!DIGIT_OR_LETTER.test(edge)) return false;
  return DIGIT_OR_LETTER.test(next) || (/[.,]/.test(next) && /\d/.test(beyond));
}
