import { expect, test } from "vitest";
import { gapNames, gapsIn, pieces, slashAt } from "./gaps";

test("a gap is found where it stands, and named once", () => {
  const text = "On ⟦day⟧ at ⟦from⟧, ⟦day⟧ again";
  expect(gapNames(text)).toEqual(["day", "from"]);
  expect(gapsIn(text)[0]).toEqual({ name: "day", begin: 3, end: 8 });
  expect(pieces(text).map((one) => one.text).join("")).toBe(text);
  expect(pieces("no gap")).toEqual([{ text: "no gap", gap: false }]);
});

test("ordinary brackets and braces are no gap", () => {
  expect(gapNames("[day] {name} ⟦over\ntwo lines⟧")).toEqual([]);
});

test.each([
  ["/", 1, { begin: 0, words: "" }],
  ["/per", 4, { begin: 0, words: "per" }],
  ["Hello\n/two words", 16, { begin: 6, words: "two words" }],
  ["and/or", 6, null],
  ["see /path", 9, null],
  ["/a/b", 4, null],
  ["/per\nnext", 9, null],
])("a slash opens the list at the beginning of a line only: %s", (text, cursor, found) => {
  expect(slashAt(text, cursor)).toEqual(found);
});
