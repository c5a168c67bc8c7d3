import { describe, expect, it } from "vitest";
import { fromAddress, parts, toAddress, toQuestion } from "./asked";

describe("what is searched", () => {
  it("stands in the address and comes back from it", () => {
    const asked = { q: "zone c 退款", status: "open", since: "week" };
    expect(fromAddress(new URLSearchParams(toAddress(asked).split("?")[1]))).toEqual(asked);
  });

  it("leaves out filters that the address does not know", () => {
    expect(fromAddress(new URLSearchParams("q=a&colour=red"))).toEqual({ q: "a" });
  });

  it("asks from the moment at which a span began", () => {
    const question = toQuestion({ q: "a", since: "day" }, Date.parse("2026-11-25T12:00:00Z"));
    expect(question).toEqual({ q: "a", since: "2026-11-24T12:00:00.000Z" });
  });
});

describe("marks", () => {
  it("cut a text where the words stand, and lose nothing of it", () => {
    const text = "🚲 请退款 now";
    const cut = parts(text, [[3, 5], [6, 9]]);
    expect(cut.map((part) => part.text).join("")).toBe(text);
    expect(cut.filter((part) => part.marked).map((part) => part.text)).toEqual(["退款", "now"]);
  });

  it("leave a text whole where nothing is marked", () => {
    expect(parts("abc", [])).toEqual([{ text: "abc", marked: false }]);
  });
});
