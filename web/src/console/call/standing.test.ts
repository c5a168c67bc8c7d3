import { describe, expect, it } from "vitest";
import { call, leg } from "@shared/samples";
import { foremost, mine, since, standing } from "./standing";

const anna = leg({ id: "l2", part: "agent", agent: "me" });
const nora = leg({ id: "l3", part: "consulted", agent: "nora" });
const heldCaller = leg({ held: true });

describe("where a call stands for me", () => {
  it.each([
    ["talking", call({ legs: [leg(), anna] })],
    ["held", call({ legs: [heldCaller, anna] })],
    ["consulting", call({ legs: [heldCaller, anna, nora] })],
    ["conference", call({ legs: [leg(), anna, nora] })],
    ["held", call({ legs: [heldCaller, anna, { ...nora, state: "gone" as const }] })],
    ["dialling", call({ state: "dialling", legs: [anna] })],
    ["lost", call({ state: "lost", legs: [leg(), { ...anna, state: "gone" as const }] })],
    ["wrapping", call({ state: "wrapping", legs: [] })],
    ["asked", call({ agent: "maya", legs: [heldCaller, { ...nora, agent: "me", state: "dialling" as const }] })],
    ["helping", call({ agent: "maya", legs: [leg(), { ...nora, agent: "me" }] })],
    ["watching", call({ agent: "maya", legs: [leg(), leg({ part: "supervisor", agent: "me", mode: "listen" })] })],
  ])("is %s", (expected, one) => {
    expect(standing(one, "me")).toBe(expected);
  });

  it("runs the clock of a hold from when the two began to speak, and of a lost line from its loss", () => {
    const lost = call({ state: "lost", legs: [leg(), { ...anna, state: "gone" as const, left_at: "2026-11-23T10:05:00Z" }] });
    expect(since(lost, "me")).toBe("2026-11-23T10:05:00Z");
    expect(since(call({ legs: [leg(), anna] }), "me")).toBe("2026-11-23T10:00:20Z");
  });

  it("prefers my telephone that is in to one that fell away", () => {
    expect(mine(call({ legs: [{ ...anna, state: "gone" as const }, leg({ id: "l9", part: "agent", agent: "me" })] }), "me")?.id).toBe("l9");
  });
});

it("shows my own call before one that I listen to", () => {
  const watched = call({ id: "k2", agent: "maya", arrived_at: "2026-11-23T11:00:00Z" });
  expect(foremost([watched, call({ legs: [anna] })], "me")?.id).toBe("k1");
});
