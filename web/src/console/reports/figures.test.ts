import { describe, expect, it } from "vitest";
import { length, percent, probability } from "./figures";

const units = { seconds: (n: string) => `${n} s`, minutes: (n: string) => `${n} min`, hours: (n: string) => `${n} h`, days: (n: string) => `${n} d` };

describe("figures", () => {
  it.each([
    [0, "0"],
    [45, "45 s"],
    [72, "1.2 min"],
    [11_160, "3.1 h"],
    [86_400, "1 d"],
    [1_000_000, "12 d"],
  ])("say %d seconds as people do", (seconds, said) => {
    expect(length(seconds, units, "en-GB")).toBe(said);
  });

  it("say chances and shares shortly", () => {
    expect([probability(0.00002, "en-GB"), probability(0.0042, "en-GB"), percent(0.614, "en-GB")]).toEqual(["p < 0.001", "p = 0.004", "61%"]);
  });
});
