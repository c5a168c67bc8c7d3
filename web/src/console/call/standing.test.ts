import { describe, expect, it } from "vitest";
import { call, leg } from "@shared/samples";
import { foremost, goesOn, heard, hears, kindOf, mine, since, standing } from "./standing";

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

describe("what is said of it", () => {
  const gone = { state: "ended", ended_at: "2026-11-23T10:02:00Z", bridged_at: null } as const;

  it("is not that somebody is on the line where we promised to call them, or where it is over", () => {
    expect(goesOn(call({ state: "promised" }))).toBe("promised");
    expect(goesOn(call({ state: "waiting" }))).toBe("goesOn");
    expect([call({ state: "wrapping" }), call(gone), null].map(goesOn)).toEqual([null, null, null]);
  });

  it("is a voicemail where they left a message, whatever else did not come about", () => {
    expect(kindOf(call({ ...gone, ending: "voicemail" }), "in")).toBe("voicemail");
    expect(kindOf(call({ ...gone, ending: "abandoned" }), "in")).toBe("missed");
    expect(kindOf(call({ ...gone, ending: "unreachable" }), "out")).toBe("outgoing");
    expect(kindOf(call({ ...gone, bridged_at: "2026-11-23T10:01:00Z" }), "in")).toBe("incoming");
  });

  it("names the supervisor who is heard, not one who only listens, rings or left", () => {
    const boss = leg({ id: "l4", part: "supervisor", agent: "sue", mode: "whisper" });
    const heardIn = (one: typeof boss) => heard(call({ legs: [leg(), anna, one] }))?.agent;
    expect(heardIn(boss)).toBe("sue");
    expect(heardIn({ ...boss, mode: "join" })).toBe("sue");
    expect([{ ...boss, mode: "listen" as const }, { ...boss, state: "dialling" as const }, { ...boss, state: "gone" as const }].map(heardIn)).toEqual([undefined, undefined, undefined]);
  });

  it("tells whoever was asked in whether the caller hears them", () => {
    const helper = { ...nora, agent: "me" };
    expect(hears(call({ agent: "maya", legs: [heldCaller, helper] }), "me")).toBe("cannotHear");
    expect(hears(call({ agent: "maya", legs: [leg(), helper] }), "me")).toBe("everybodyHears");
    expect(hears(call({ agent: "maya", legs: [leg(), leg({ part: "supervisor", agent: "me", mode: "whisper" })] }), "me")).toBe("agent");
  });
});
