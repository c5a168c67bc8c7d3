import { expect, it } from "vitest";
import { axisOf, changeOf, pathOf, type Week } from "./line";

const weeks = (...scores: (number | null)[]): Week[] => scores.map((score) => ({ begins: "", tickets: 40, parts: {}, score }));
const path = (...scores: (number | null)[]): string => pathOf(weeks(...scores), (place) => place, (score) => score);

it("a week without a score breaks the line, and one between two gaps is a dot", () => {
  expect(path(1, 2, null, 3, null, 4, 5)).toBe("M0.0 1.0L1.0 2.0M3.0 3.0h0M5.0 4.0L6.0 5.0");
  expect(path(null, null)).toBe("");
});

it("the axis has room above and below, in tens, and never leaves 0 to 100", () => {
  expect(axisOf([71, 82])).toEqual({ low: 50, high: 90, ticks: [50, 60, 70, 80, 90] });
  expect(axisOf([99, 100])).toEqual({ low: 60, high: 100, ticks: [60, 70, 80, 90, 100] });
  expect(axisOf([2, 98])).toEqual({ low: 0, high: 100, ticks: [0, 20, 40, 60, 80, 100] });
});

it("the change is counted between the first and the last week that have a score", () => {
  expect(changeOf(weeks(null, 71.4, 60, 82.2, null))).toEqual({ last: 82, by: 11 });
  expect(changeOf(weeks(null))).toBeNull();
});
