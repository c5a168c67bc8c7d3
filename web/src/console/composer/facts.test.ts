import { expect, test } from "vitest";
import { citedNow, renewed } from "./facts";

const cost = { answer: "a", fact: "cost", was: "$48 a year", now: "$52 a year" };

test("the old value gives way wherever it stands, and nothing else changes", () => {
  expect(renewed("It costs $48 a year. I say: $48 a year!", [cost])).toBe("It costs $52 a year. I say: $52 a year!");
  expect(renewed("Nothing of it", [cost])).toBe("Nothing of it");
});

test.each([
  ["In 5 days", "In 7 days"],
  ["In 15 days, 5,000 people, 0.5", "In 15 days, 5,000 people, 0.5"],
  ["5", "7"],
  ["Only 5.", "Only 7."],
  ["共5天", "共7天"],
])("a short value is replaced only by itself: %s", (text, said) => {
  expect(renewed(text, [{ answer: "a", fact: "days", was: "5", now: "7" }])).toBe(said);
});

test("what is not known any more becomes a gap", () => {
  expect(renewed("It costs $48 a year.", [{ ...cost, now: "" }])).toBe("It costs ⟦cost⟧.");
});

test("the next try is judged against what is so now", () => {
  const cites = [{ answer: "a", language: "en", facts: { cost: "$48 a year", days: "5" } }];
  expect(citedNow(cites, [cost])[0]?.facts).toEqual({ days: "5", cost: "$52 a year" });
  expect(citedNow(cites, [{ ...cost, now: "" }])[0]?.facts).toEqual({ days: "5" });
});
