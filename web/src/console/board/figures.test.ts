import { describe, expect, it } from "vitest";
import { Board, type Stand } from "@shared/board";
import { fraction, percent, percentile, type Service } from "@shared/levels";
import type { Queue } from "@shared/words";
import { figures } from "./figures";

const DAY = Date.parse("2026-11-26T00:00:00Z");
const NOW = DAY + 36_000_000;
const AIMS = { within: 20, share: 80, variant: "sl4", longest: 180, wrap_up: 300 } as const;
const BENEFITS = { id: "q-1", slug: "benefits", name: "Benefits", team: "t-1", icon: "coins", order: 1, active: true } as unknown as Queue;

function stand(more: Partial<Stand>): Stand {
  return {
    ...{ id: "w-1", ticket: "t-1", queue: "q-1", channel: "talk", live: true, came_live: true, state: "queued", agent: null, units: 1 },
    ...{ came: NOW - 10_000, due: null, answered: null, left: null, held: null, entered: NOW, version: 1 },
    ...more,
  };
}

function board(...works: Stand[]): Board {
  return new Board({ position: 0, day: DAY, ended: [], works, tallies: [], staff: [] }, AIMS.within);
}

const drawn = (of: Board, now = NOW) => figures(of, { aims: AIMS, queues: [BENEFITS], now });

function told(position: number, type: string, work: Partial<Stand>, at: Partial<Record<string, string | null>> = {}) {
  const { came, entered, due: _due, answered: _answered, left: _left, held: _held, ...rest } = stand(work);
  const times = { virtual_start: new Date(came).toISOString(), entered_at: new Date(entered).toISOString(), due_at: null, answered_at: null, left_at: null, held_at: null };
  return { position, type, facts: { row: { confidential: false }, work: { ...rest, ...times, ...at } } };
}

/** The example that ICMI and Call Centre Helper print: 1,000 answered, 860 of them in 20 s; 60 gave up. */
const EXAMPLE: Service = { answered: 1000, met: 860, left: 60, left_early: 20, left_short: 10, overdue: 0 };

describe("service level", () => {
  it.each([
    ["sl1", 83.02],
    ["sl2", 86.0],
    ["sl3", 81.13],
    ["sl4", 82.69],
    ["sl5", 82.08],
  ] as const)("is worked out as %s says", (variant, wanted) => {
    expect(percent(fraction(EXAMPLE, variant))?.toFixed(2)).toBe(wanted.toFixed(2));
  });

  it("counts whoever still waits past the limit, and nobody before", () => {
    const waiting = board(stand({}));
    expect(drawn(waiting).headline.target).toBeNull();
    expect(drawn(waiting, NOW + 11_000).headline.target).toBe(0);
  });

  it("adds intervals up and never averages them", () => {
    const few = board();
    few.hear(told(1, "work.taken", { id: "a", state: "active", agent: "anna" }, { answered_at: new Date(NOW).toISOString() }));
    for (let at = 0; at < 3; at++) {
      const came = NOW - 3_600_000;
      few.hear(told(2 + at, "work.taken", { id: `b${at}`, state: "active", agent: "anna", came }, { answered_at: new Date(came + 60_000).toISOString() }));
    }
    expect(drawn(few).headline.target).toBe(25);
    expect(drawn(few).headline.line.map(({ percent }) => percent)).toEqual([0, 100]);
  });
});

describe("what is drawn", () => {
  it("says percentiles by whole seconds", () => {
    const waits = new Map([[1, 5], [10, 4], [100, 1]]);
    expect([0.5, 0.9, 1].map((share) => percentile(waits, share))).toEqual([1, 10, 100]);
  });

  it("presses by the wait where somebody is there, and by the promise where they wrote", () => {
    const pressure = (of: Partial<Stand>) => drawn(board(stand(of))).rows[0]?.cells.get("talk")?.pressure;
    expect(pressure({ came: NOW - 60_000 })).toBe("calm");
    expect(pressure({ came: NOW - 100_000 })).toBe("soon");
    expect(pressure({ came: NOW - 181_000 })).toBe("late");
    expect(pressure({ live: false, came_live: false, came: NOW - 9e7, due: NOW + 7_200_000 })).toBe("calm");
    expect(pressure({ live: false, came_live: false, due: NOW + 60_000 })).toBe("soon");
    expect(pressure({ live: false, came_live: false, due: NOW - 1 })).toBe("late");
  });
});

describe("an agent", () => {
  const seat = (duty: string) => ({ id: "anna", duty, since: NOW - 60_000, reason: null, teams: ["t-1"], capacity: 8, active: true, version: 1 });
  const does = (duty: string, ...works: Stand[]) => drawn(new Board({ position: 0, day: DAY, ended: [], works, tallies: [], staff: [seat(duty)] }, 20)).seats[0];

  it("does what they said since they said it, whatever they have", () => {
    const held = stand({ state: "active", agent: "anna", held: NOW - 5000 });
    expect(does("busy", held)).toMatchObject({ does: "busy", since: NOW - 60_000, load: 1 });
    expect(does("busy")).toMatchObject({ does: "busy", since: NOW - 60_000, load: 0 });
    expect(does("offline")).toBeUndefined();
  });

  it("is busy or wraps up by what they have, where they are available", () => {
    expect(does("available")).toMatchObject({ does: "available", since: NOW - 60_000 });
    expect(does("available", stand({ state: "active", agent: "anna", held: NOW - 5000 }))).toMatchObject({ does: "busy", since: NOW - 5000 });
    const long = stand({ state: "wrapping", agent: "anna", entered: NOW - 301_000 });
    expect(does("available", long)).toMatchObject({ does: "wrap_up", since: NOW - 301_000, long: true });
  });
});

describe("one event more", () => {
  it("touches one piece of work and its tallies, however much waits", () => {
    const touched = (waiting: number): number => {
      const crowd = board(...Array.from({ length: waiting }, (_, at) => stand({ id: `w-${at}` })));
      crowd.hear(told(1, "work.taken", { id: "w-5", state: "active", agent: "anna", version: 2 }, { answered_at: new Date(NOW).toISOString() }));
      return crowd.touched;
    };
    expect(touched(10)).toBe(2);
    expect(touched(20_000)).toBe(2);
  });

  it("changes nothing when it is heard twice or late", () => {
    const once = board(stand({ version: 5 }));
    expect(once.hear(told(1, "work.queued", { version: 4 }))).toBe(false);
    expect(once.hear(told(1, "work.done", { state: "done", version: 6 }))).toBe(false);
    expect(once.works.size).toBe(1);
  });
});
