/** Which inserted answers a draft still says: one whose words were deleted by hand is not told, and holds nothing back. */

import type { Cited, Id } from "@shared/words";

/** What each answer said when it was inserted. */
export type Inserted = Readonly<Record<Id, string>>;

const SHORTEST = 4;

/** The answers of which at least one sentence stands in the text. What was never seen inserted is taken to be said. */
export function stillSaid(text: string, said: readonly Id[], inserted: Inserted): Id[] {
  return said.filter((id) => {
    const words = inserted[id];
    return words === undefined || sentences(words).some((one) => text.includes(one));
  });
}

/** Citations of what is still said, and of facts that stand in the text by themselves. */
export function stillCited(text: string, cites: readonly Cited[], said: readonly Id[]): Cited[] {
  return cites.filter((one) => said.includes(one.answer) || Object.values(one.facts).some((fact) => fact !== "" && text.includes(fact)));
}

/** In pieces between full stops, breaks and gaps; the whole where no piece is long enough to be known again. */
function sentences(words: string): string[] {
  const pieces = words.split(/[\n.!?。！？]+|⟦[^⟧]*⟧/).map((one) => one.trim());
  const long = pieces.filter((one) => one.length >= SHORTEST);
  return long.length ? long : [words.trim()];
}
