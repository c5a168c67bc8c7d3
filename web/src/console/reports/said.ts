/** What stands beside a plot in words: the same on the screen, in print and in the picture. */

import type { AdminWords } from "../words/admin";
import { length, percent, points, probability } from "./figures";
import type { Cell, Measure, Row } from "./report";

/** A figure in its unit. */
export function figure(measure: Measure, amount: number, words: AdminWords, locale: string): string {
  return measure.scale === "points" ? points(amount, locale) : length(amount, words.consistency.units, locale);
}

export function amountOf(measure: Measure, cell: Cell, words: AdminWords, locale: string): string {
  return cell.amount === null ? (cell.of ? words.consistency.notYet : "–") : figure(measure, cell.amount, words, locale);
}

/** A clear difference in words; else what there is to say instead. */
export function verdict(measure: Measure, cell: Cell, words: AdminWords, locale: string): string {
  const t = words.consistency;
  if (cell.says !== "worse" && cell.says !== "better") return t.says[cell.says] ?? "";
  const p = probability(cell.p ?? 0, locale);
  if (measure.scale === "points") return cell.says === "worse" ? t.lower(p) : t.higher(p);
  return cell.says === "worse" ? t.slower(p) : t.quicker(p);
}

/** First answers are held to their promise, and told with it. */
export function promise(row: Row, words: AdminWords, locale: string): string {
  if (row.promise.share === null) return "";
  const share = percent(row.promise.share, locale);
  return row.promise.says === "worse" ? words.consistency.misses(share) : words.consistency.inPromise(share);
}

/** Whether the difference is told: where a promise is, only a clear one. */
export function isTold(measure: Measure, row: Row, cell: Cell): boolean {
  return measure.name !== "first" || row.promise.share === null || cell.says === "worse" || cell.says === "better";
}
