import { describe, expect, it } from "vitest";
import { message } from "@shared/samples";
import type { EventItem, Item } from "@shared/words";
import { blocks, type Reading } from "./blocks";
import { part } from "./quote";

const reading: Reading = { filter: "all", lookedAt: null, isLive: () => false, unfolded: new Set() };
const line = (id: string): EventItem => ({
  type: "event",
  id,
  event: "ticket.status",
  at: "2026-11-23T09:00:00Z",
  actor: { kind: "agent", id: "me" },
  facts: {},
  said: null,
  ticket: "t1",
  at_version: 1,
  position: 1,
});
const kinds = (items: Item[], changes: Partial<Reading> = {}) => blocks(items, { ...reading, ...changes }).map((one) => one.kind);

describe("a timeline", () => {
  it("says each day once", () => {
    const later = message({ id: "m2", created_at: "2026-11-25T09:00:00Z" });
    expect(kinds([message(), later])).toEqual(["day", "message", "day", "message"]);
  });

  it("folds three lines into one, and shows them when asked", () => {
    const items = [line("e1"), line("e2"), line("e3")];
    expect(kinds(items)).toEqual(["day", "fold"]);
    expect(kinds(items, { unfolded: new Set(["e1"]) })).toEqual(["day", "line", "line", "line"]);
    expect(kinds(items.slice(1))).toEqual(["day", "line", "line"]);
  });

  it("draws a rule before the first that is new", () => {
    const items = [message(), message({ id: "m2", created_at: "2026-11-23T09:30:00Z" })];
    expect(kinds(items, { lookedAt: "2026-11-23T09:10:00Z" })).toEqual(["day", "message", "new", "message"]);
  });

  it("draws what is spoken now as one session, until there is a long pause", () => {
    const items = ["09:00", "09:05", "10:00"].map((time, id) => message({ id: `m${id}`, created_at: `2026-11-23T${time}:00Z` }));
    expect(kinds(items, { isLive: () => true })).toEqual(["day", "session", "session"]);
  });

  it("can show only notes", () => {
    expect(kinds([message(), message({ id: "m2", direction: "note" })], { filter: "notes" })).toEqual(["day", "message"]);
  });
});

describe("quoted lines", () => {
  const quoted = (first: number, last: number) => ({ kind: "quoted" as const, first, last });

  it("at the end are folded away", () => {
    const text = "Thank you.\n\nOn Mon, 23 Nov 2026 at 10:00, City wrote:\n> Dear Wei\n> hello";
    expect(part(text, [quoted(2, 5)])).toMatchObject({ shown: [{ kind: "said", text: "Thank you." }], lines: 3 });
  });

  it("between answers stay, since they are read together", () => {
    const { shown, folded } = part("> Which day?\nMonday.\n> Which time?\nNine.\n-- \nWei", [
      quoted(0, 1),
      quoted(2, 3),
      { kind: "signed", first: 4, last: 6 },
    ]);
    expect(shown.map((piece) => piece.text)).toEqual(["> Which day?", "Monday.", "> Which time?", "Nine."]);
    expect(folded).toEqual([{ kind: "signed", text: "-- \nWei" }]);
  });

  it("are not folded where the server told of none", () => {
    expect(part("> only a quote", [])).toEqual({ shown: [{ kind: "said", text: "> only a quote" }], folded: [], lines: 0 });
  });
});
