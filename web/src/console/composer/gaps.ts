/** Fields that nobody could fill: they stand in the text in brackets that nobody types, and hold it back. */

const GAP = /⟦([^⟦⟧\n]{0,60})⟧/g;
const SLASH = /(?:^|\n)\/([^\n/]{0,60})$/;

export interface Gap {
  name: string;
  begin: number;
  end: number;
}

export function gapsIn(text: string): Gap[] {
  return [...text.matchAll(GAP)].map((found) => ({ name: found[1] ?? "", begin: found.index, end: found.index + found[0].length }));
}

/** The names of the fields, each once. */
export function gapNames(text: string): string[] {
  return [...new Set(gapsIn(text).map((gap) => gap.name))];
}

/** The text cut at its gaps. */
export function pieces(text: string): { text: string; gap: boolean }[] {
  const found: { text: string; gap: boolean }[] = [];
  let at = 0;
  for (const gap of gapsIn(text)) {
    if (gap.begin > at) found.push({ text: text.slice(at, gap.begin), gap: false });
    found.push({ text: text.slice(gap.begin, gap.end), gap: true });
    at = gap.end;
  }
  return at < text.length ? [...found, { text: text.slice(at), gap: false }] : found;
}

/** The slash at the beginning of the line that the cursor stands in, and the words behind it. */
export function slashAt(text: string, cursor: number): { begin: number; words: string } | null {
  const found = SLASH.exec(text.slice(0, cursor));
  return found ? { begin: cursor - (found[1] ?? "").length - 1, words: found[1] ?? "" } : null;
}
