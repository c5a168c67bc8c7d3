import { describe, expect, it } from "vitest";
import { snoozes } from "./snooze";

describe("putting off", () => {
  it("to Monday is never today", () => {
    const monday = new Date(2026, 10, 23, 10, 0);
    expect(snoozes(monday).monday.getDate()).toBe(30);
  });

  it("to tomorrow is nine o'clock", () => {
    expect(snoozes(new Date(2026, 10, 30, 23, 30)).tomorrow).toEqual(new Date(2026, 11, 1, 9, 0));
  });
});
