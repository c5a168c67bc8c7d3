import { describe, expect, it } from "vitest";
import { row } from "./samples";
import { belongs, HELD, inView, isLate, tally, type Standpoint } from "./views";

const from: Standpoint = { me: "me", now: "2026-11-23T10:00:00.000Z", drafts: new Set(["t7"]) };
const mine = { assignee: "me" };
const STILL = { reason: "citizen", since: "2026-11-23T09:00:00Z", until: "2026-11-30T09:00:00Z" } as const;

describe("the inbox", () => {
  it("holds what is mine and active", () => {
    expect(belongs(row(mine), { kind: "inbox" }, from)).toBe(true);
    expect(belongs(row({ ...mine, status: "solved" }), { kind: "inbox" }, from)).toBe(false);
    expect(belongs(row({ assignee: "maya" }), { kind: "inbox" }, from)).toBe(false);
  });

  it("lets go of what sleeps, and takes it back when the time has come", () => {
    const asleep = row({ ...mine, snoozed_until: "2026-11-23T11:00:00Z" });
    expect(belongs(asleep, { kind: "inbox" }, from)).toBe(false);
    expect(belongs(asleep, { kind: "snoozed" }, from)).toBe(true);
    expect(belongs(asleep, { kind: "inbox" }, { ...from, now: "2026-11-23T11:00:01.000Z" })).toBe(true);
  });
});

describe("the other views", () => {
  it("sort each ticket by what it is", () => {
    expect(belongs(row(), { kind: "unassigned" }, from)).toBe(true);
    expect(belongs(row({ status: "waiting" }), { kind: "waiting" }, from)).toBe(true);
    expect(belongs(row(), { kind: "queue", queue: "q1" }, from)).toBe(true);
    expect(belongs(row(), { kind: "queue", queue: "q2" }, from)).toBe(false);
    expect(belongs(row({ id: "t7" }), { kind: "drafts" }, from)).toBe(true);
    expect(belongs(row({ live: true }), { kind: "live" }, from)).toBe(true);
    expect(belongs(row({ due: { at: "2026-11-23T10:30:00Z", kind: "next" } }), { kind: "due" }, from)).toBe(true);
    expect(belongs(row({ due: { at: "2026-11-23T11:30:00Z", kind: "next" } }), { kind: "due" }, from)).toBe(false);
  });
});

describe("what is held as suspected spam", () => {
  it("stands in no view", () => {
    const held = row({ queue: HELD, due: { at: "2026-11-23T10:30:00Z", kind: "next" } });
    for (const kind of ["unassigned", "due", "live", "waiting"] as const) expect(belongs(held, { kind }, from)).toBe(false);
    expect(belongs(held, { kind: "queue", queue: HELD }, from)).toBe(false);
  });
});

describe("the order", () => {
  it("keeps live contacts on top, however it is sorted", () => {
    const rows = [
      row({ id: "a", due: { at: "2026-11-23T10:01:00Z", kind: "next" } }),
      row({ id: "b", live: true, created_at: "2026-11-01T00:00:00Z" }),
    ];
    for (const sort of ["due", "newest", "oldest", "priority"] as const) {
      expect(inView(rows, { kind: "unassigned" }, from, sort)[0]?.id).toBe("b");
    }
  });

  it("puts what is due first, waiting for a citizen or not, and what stands still last", () => {
    const rows = [
      row({ id: "paused", status: "waiting", ...mine, due: null, pause: STILL }),
      row({ id: "asked", status: "waiting", ...mine, due: { at: "2026-11-23T11:00:00Z", kind: "resolution" } }),
      row({ id: "none", ...mine }),
      row({ id: "later", ...mine, due: { at: "2026-11-23T12:00:00Z", kind: "next" } }),
      row({ id: "late", ...mine, due: { at: "2026-11-23T09:00:00Z", kind: "next" } }),
    ];
    const ids = inView(rows, { kind: "inbox" }, from, "due").map((one) => one.id);
    expect(ids).toEqual(["late", "asked", "later", "none", "paused"]);
  });
});

describe("late", () => {
  it("is what has a promise running out, and nothing that stands still or is over", () => {
    const due = { at: "2026-11-23T09:00:00Z", kind: "next" as const };
    expect(isLate(row({ due }), from.now)).toBe(true);
    expect(isLate(row({ due, status: "waiting" }), from.now)).toBe(true);
    expect(isLate(row({ due: null, pause: STILL }), from.now)).toBe(false);
    expect(isLate(row({ due, status: "solved" }), from.now)).toBe(false);
    expect(tally([row({ due }), row({ id: "t2" })], { kind: "unassigned" }, from)).toEqual({ count: 2, late: true });
  });
});
