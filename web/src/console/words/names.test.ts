import { expect, test, vi } from "vitest";

vi.mock("./words.svelte", () => ({ tongue: { pick: (texts: Record<string, string>) => texts.zh } }));
const { firstName, shownName } = await import("./names");

test("who is known by their number only is called by it, in groups and from left to right", () => {
  expect(shownName("+15550142197")).toBe("\u2066+1 555 014 2197\u2069");
  expect(shownName("tel:+351912345678")).toBe("\u2066+351 912 345 678\u2069");
  expect(firstName("+15550142197")).toBe(shownName("+15550142197"));
  expect(firstName(shownName("+15550142197"))).toBe(shownName("+15550142197"));
});

test("whoever withheld their number is nobody in the reader's language", () => {
  expect(shownName("Withheld number")).toBe("未显示号码");
  expect(firstName("Withheld number")).toBe("未显示号码");
});

test("any other name stays as it is written", () => {
  for (const name of ["张薇 Wei Zhang", "", "hello@post.example"]) expect(shownName(name)).toBe(name);
  expect(firstName("张薇 Wei Zhang")).toBe("Wei");
});
