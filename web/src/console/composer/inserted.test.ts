import { expect, test } from "vitest";
import { stillCited, stillSaid } from "./inserted";

const inserted = { cost: "It costs $48 a year.\nPay online at the counter.", short: "Yes.", zh: "每年费用 48 美元。请在网上付款。", gap: "Dear ⟦name⟧, come by." };

test.each([
  ["It costs $48 a year. Pay online at the counter.", true],
  ["Hello! It costs $52 a year. Pay online at the counter. Bye", true],
  ["My own words, and nothing of it.", false],
  ["", false],
])("an answer is said as long as one of its sentences stands: %s", (text, told) => {
  expect(stillSaid(text, ["cost"], inserted)).toEqual(told ? ["cost"] : []);
});

test("signs without spaces, gaps that were filled and answers of one word are known again", () => {
  expect(stillSaid("您好，请在网上付款。Yes. Dear Wei, come by.", ["zh", "gap", "short"], inserted)).toEqual(["zh", "gap", "short"]);
  expect(stillSaid("您好", ["zh", "gap", "short"], inserted)).toEqual([]);
});

test("what came back from a message that was not sent is taken to be said", () => {
  expect(stillSaid("anything", ["unknown"], inserted)).toEqual(["unknown"]);
});

test("a fact that stands by itself is judged, though the words around it are others", () => {
  const cites = [{ answer: "cost", language: "en", facts: { cost: "$48 a year" } }];
  expect(stillCited("You pay $48 a year, I think.", cites, [])).toEqual(cites);
  expect(stillCited("You pay nothing.", cites, [])).toEqual([]);
  expect(stillCited("You pay nothing.", cites, ["cost"])).toEqual(cites);
});
