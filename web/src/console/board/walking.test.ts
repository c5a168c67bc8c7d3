import { describe, expect, it } from "vitest";
import { nearest } from "./walking";

/** Two rows with a gap in the second: a b c / d . f */
const PLACES = ["a:10:10", "b:60:10", "c:110:10", "d:10:50", "f:110:50"].map((one) => {
  const [name, x, y] = one.split(":");
  return { name, x: Number(x), y: Number(y) };
});

const from = (name: string, step: [number, number]) => nearest(PLACES, PLACES.find((one) => one.name === name)!, step)?.name;

describe("an arrow", () => {
  it("goes to the next one on its line, and over a gap", () => {
    expect(from("a", [1, 0])).toBe("b");
    expect(from("f", [-1, 0])).toBe("d");
  });

  it("goes to the next line, to what lies nearest there", () => {
    expect(from("c", [0, 1])).toBe("f");
    expect(from("b", [0, 1])).toBe("d");
    expect(from("d", [0, -1])).toBe("a");
  });

  it("stays at an end", () => {
    expect(from("c", [1, 0])).toBeUndefined();
    expect(from("d", [0, 1])).toBeUndefined();
  });
});
