import { describe, expect, it } from "vitest";
import { hold } from "./hold";

describe("a list that is read", () => {
  it("keeps its order, whatever the rows say", () => {
    expect(hold(["a", "b", "c"], ["c", "a", "b"], true).order).toEqual(["a", "b", "c"]);
  });

  it("lets arrivals wait, and counts them", () => {
    const held = hold(["a"], ["x", "a", "y"], true);
    expect(held.order).toEqual(["a"]);
    expect(held.waiting).toEqual(["x", "y"]);
  });

  it("keeps what left in its place, marked", () => {
    const held = hold(["a", "b"], ["a"], true);
    expect(held.order).toEqual(["a", "b"]);
    expect([...held.left]).toEqual(["b"]);
  });

  it("becomes what is true when it is released", () => {
    expect(hold(["a", "b"], ["c"], false)).toEqual({ order: ["c"], waiting: [], left: new Set() });
  });
});
