import { describe, expect, it } from "vitest";
import { inSight, lay } from "./window";

const { strips, height } = lay(Array.from({ length: 1000 }, (_, value) => ({ value, height: 76 })));

describe("a long list", () => {
  it("draws what is in sight and a little around it", () => {
    const drawn = inSight(strips, height, 38_000, 800);
    expect(drawn.strips.length).toBeLessThan(40);
    expect(drawn.strips.map((strip) => strip.value)).toContain(500);
  });

  it("keeps its whole height", () => {
    const drawn = inSight(strips, height, 38_000, 800);
    expect(drawn.before + drawn.strips.length * 76 + drawn.after).toBe(76_000);
  });

  it("may be empty", () => {
    expect(inSight([], 0, 0, 800)).toEqual({ strips: [], before: 0, after: 0 });
  });
});
