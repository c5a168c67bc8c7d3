import { expect, it } from "vitest";
import { aged, presses } from "./ageing";
import { row } from "./samples";

const NOW = Date.parse("2026-11-25T10:00:00Z");
const since = (hours: number): string => new Date(NOW - hours * 3_600_000).toISOString();

it("waiting a day counts as much as one priority more", () => {
  const fresh = row({ priority: "high", awaiting_since: since(1) });
  expect(presses(row({ priority: "normal", awaiting_since: since(20) }))).toBeLessThan(presses(fresh));
  expect(presses(row({ priority: "normal", awaiting_since: since(30) }))).toBeGreaterThan(presses(fresh));
});

it("nothing that only waits presses as much as an emergency", () => {
  const old = row({ priority: "urgent", awaiting_since: since(24 * 3650) });
  expect(presses(old)).toBeLessThan(presses(row({ priority: "emergency", awaiting_since: since(0) })));
});

it("a priority grows a step a day, no further than urgent, and says for how long it waited", () => {
  expect(aged(row({ priority: "low", awaiting_since: since(23) }), NOW)).toEqual(null);
  expect(aged(row({ priority: "low", awaiting_since: since(49) }), NOW)).toEqual({ priority: "high", hours: 49 });
  expect(aged(row({ priority: "low", awaiting_since: since(24 * 30) }), NOW)?.priority).toEqual("urgent");
  expect(aged(row({ priority: "urgent", awaiting_since: since(24 * 30) }), NOW)).toEqual(null);
  expect(aged(row({ priority: "low", status: "solved", awaiting_since: null, created_at: since(90) }), NOW)).toEqual(null);
});
