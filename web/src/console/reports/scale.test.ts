import { describe, expect, it } from "vitest";
import type { Cell, Row } from "./report";
import { scaleOf } from "./scale";

function row(name: string, amount: number, promised: number | null = null): Row {
  const cell: Cell = { of: 40, amount, interval: [amount * 0.9, amount * 1.1], waiting: 0, reference: amount, range: [0, amount], p: 1, says: "same", why: "" };
  return { channel: "x", tickets: 40, asked: 40, promise: { kept: 1, of: 1, share: 1, promised, says: "same" }, measures: { [name]: cell } };
}

describe("scales", () => {
  it("keep every figure inside the plot, a tenfold longer first answer always as much further", () => {
    const scale = scaleOf({ name: "first", scale: "seconds" }, [row("first", 60), row("first", 86_400, 14_400)]);
    const steps = [100, 1000, 10_000].map(scale.place);
    expect(steps.every((at) => at >= 0 && at <= 100)).toBe(true);
    expect(steps[1]! - steps[0]!).toBeCloseTo(steps[2]! - steps[1]!);
  });

  it("have few ticks, in order and apart", () => {
    const ticks = scaleOf({ name: "resolved", scale: "seconds" }, [row("resolved", 400_000)]).ticks;
    expect(ticks.map((tick) => tick.value / 86_400)).toEqual([0, 2, 4]);
  });

  it("have as many ticks as there is room for their words", () => {
    const first = (room?: number) => scaleOf({ name: "first", scale: "seconds" }, [row("first", 20), row("first", 86_400)], room).ticks;
    const resolved = (room?: number) => scaleOf({ name: "resolved", scale: "seconds" }, [row("resolved", 1_400_000)], room).ticks;
    for (const ticks of [first, resolved]) {
      expect(ticks(70).length).toBeLessThan(ticks().length);
      expect(ticks(70).slice(1).every((tick, at) => (tick.at - ticks(70)[at]!.at) * 0.7 >= 40)).toBe(true);
    }
  });

  it("show satisfaction from three to five, unless somebody is lower", () => {
    expect(scaleOf({ name: "rated", scale: "points" }, [row("rated", 4.4)]).ticks.map((tick) => tick.value)).toEqual([3, 4, 5]);
    expect(scaleOf({ name: "rated", scale: "points" }, [row("rated", 2.5)]).ticks[0]?.value).toBe(2);
  });

  it("hold a report without figures", () => {
    expect(scaleOf({ name: "first", scale: "seconds" }, []).ticks.length).toBeGreaterThan(0);
  });
});
