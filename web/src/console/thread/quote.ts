/** What somebody wrote, and what their program quoted and signed it with: told apart by the server, folded here. */

import type { Fold } from "@shared/words";

export interface Piece {
  kind: "said" | Fold["kind"];
  text: string;
}

export interface Parted {
  /** Up to their last own words: what is quoted between them is read together with them. */
  shown: Piece[];
  /** What follows, one press away. */
  folded: Piece[];
  lines: number;
}

export function part(text: string, folds: readonly Fold[]): Parted {
  const pieces = piecesOf(text.replace(/\s+$/, "").split("\n"), folds);
  const last = pieces.findLastIndex((piece) => piece.kind === "said");
  const folded = pieces.slice(last + 1);
  return { shown: pieces.slice(0, last + 1), folded, lines: folded.reduce((sum, piece) => sum + piece.text.split("\n").length, 0) };
}

function piecesOf(lines: readonly string[], folds: readonly Fold[]): Piece[] {
  const pieces: Piece[] = [];
  const take = (kind: Piece["kind"], first: number, last: number): void => {
    const text = lines.slice(first, last).join("\n").replace(/^\n+|\s+$/g, "");
    if (text) pieces.push({ kind, text });
  };
  let at = 0;
  for (const fold of folds) {
    take("said", at, fold.first);
    take(fold.kind, fold.first, fold.last);
    at = fold.last;
  }
  take("said", at, lines.length);
  return pieces;
}
