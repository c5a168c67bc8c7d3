import { expect, it } from "vitest";
import { broken, earlier, fresh, inWords, moved, rewritten, sentence } from "./conditions";
import type { Condition, Question } from "./shelf.svelte";

const CHOICES = [{ en: "New", zh: "新办" }, { en: "Renewal", zh: "续期" }];
const RENEWAL: Condition = { field: "kind", given: "one_of", values: ["Renewal"] };

function ask(key: string, more: Partial<Question> = {}): Question {
  return { key, kind: "text", label: { en: `${key}?`, zh: `${key}？` }, help: {}, required: true, choices: [], page: 1, only_if: null, ...more };
}

const kind = ask("kind", { kind: "choice", choices: CHOICES });
const old = ask("old", { only_if: RENEWAL });
const later = ask("later", { page: 2 });
const FORM = [kind, old, later];

const keys = (fields: readonly Question[] | null): string[] | undefined => fields?.map((one) => one.key);

it("a condition stands while its question comes before it and has its options", () => {
  expect(keys(broken(FORM))).toEqual([]);
  expect(keys(broken([old, later]))).toEqual(["old"]);
  expect(keys(broken([old, kind]))).toEqual(["old"]);
  expect(keys(broken([{ ...kind, page: 2 }, old]))).toEqual(["old"]);
  expect(keys(broken([{ ...kind, kind: "text" }, old]))).toEqual(["old"]);
  expect(keys(broken([{ ...kind, choices: CHOICES.slice(0, 1) }, old]))).toEqual(["old"]);
  expect(keys(broken([kind, { ...old, only_if: { ...RENEWAL, values: [] } }]))).toEqual(["old"]);
});

it("a condition follows an option to its new name", () => {
  const renamed = rewritten(FORM, "kind", [{ en: "New" }, { en: "I renew it" }]);
  expect(renamed[1]?.only_if?.values).toEqual(["I renew it"]);
  expect(broken(renamed)).toEqual([]);
});

it("options that change places keep what hangs on them, and one that is taken away breaks it", () => {
  const turned = rewritten(FORM, "kind", [{ en: "Renewal" }, { en: "New" }]);
  expect(turned[1]?.only_if?.values).toEqual(["Renewal"]);
  expect(keys(broken(rewritten(FORM, "kind", [{ en: "New" }])))).toEqual(["old"]);
  expect(keys(broken(rewritten(FORM, "kind", [{ en: "New" }, { en: "Both" }, { en: "None" }])))).toEqual(["old"]);
});

it("a question moves past its neighbour and over to the next page, and not beyond the last", () => {
  expect(keys(moved(FORM, "kind", 1, 2))).toEqual(["old", "kind", "later"]);
  expect(moved(FORM, "old", 1, 2)?.map((one) => [one.key, one.page])).toEqual([["kind", 1], ["old", 2], ["later", 2]]);
  expect(moved(FORM, "later", -1, 2)?.map((one) => [one.key, one.page])).toEqual([["kind", 1], ["old", 1], ["later", 1]]);
  expect(moved(FORM, "later", 1, 2)).toBe(null);
  expect(moved(FORM, "kind", -1, 2)).toBe(null);
  expect(moved(FORM, "later", 1, 4)?.at(-1)?.page).toBe(3);
});

it("it can hang on what comes before it, on this page or an earlier one", () => {
  expect(keys(earlier(FORM, later))).toEqual(["kind", "old"]);
  expect(keys(earlier(FORM, kind))).toEqual([]);
  expect(fresh(kind)).toEqual({ field: "kind", given: "one_of", values: ["New"] });
  expect(fresh(old)).toEqual({ field: "old", given: "answered", values: [] });
  expect(fresh(ask("x", { kind: "yes" })).values).toEqual(["yes"]);
});

it("a condition reads as a sentence in the language of the form", () => {
  expect(sentence(RENEWAL, FORM, "en")).toBe("Asked only if “kind?” is Renewal.");
  expect(sentence(RENEWAL, FORM, "zh")).toBe("仅当“kind？”为“续期”时提问。");
  expect(sentence({ ...RENEWAL, values: ["New", "Renewal"] }, FORM, "en")).toBe("Asked only if “kind?” is New or Renewal.");
  expect(sentence({ field: "old", given: "unanswered", values: [] }, FORM, "en")).toBe("Asked only if “old?” is not answered.");
  expect(inWords({ field: "x", given: "one_of", values: ["yes"] }, [ask("x", { kind: "yes" })], "zh").how).toBe("为“是”");
});
