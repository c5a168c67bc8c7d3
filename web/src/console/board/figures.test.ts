import { describe, expect, it } from "vitest";
import { Board, type Stand } from "@shared/board";
import { fraction, percent, percentile, type Service } from "@shared/levels";
import type { Queue } from "@shared/words";
import { Figuring, shortly } from "./figures";

const DAY = Date.parse("2026-11-26T00:00:00Z");
const NOW = DAY + 36_000_000;
const AIMS = { within: 20, share: 80, variant: "sl4", longest: 180, wrap_up: 300, version: 0 } as const;
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

const SEAT = { id: "anna", duty: "available", since: NOW - 60_000, reason: null, teams: ["t-1"], capacity: 8, active: true, version: 1 };

const drawn = (of: Board, now = NOW) => new Figuring(of, AIMS).at(now, [BENEFITS]);

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

  it("counts whoever is gone apart from those who are there, and tells these ones' wait", () => {
    const gone = stand({ id: "gone", live: false, came: NOW - 9e6, due: NOW + 60_000 });
    const cell = (...works: Stand[]) => drawn(board(...works)).rows[0]?.cells.get("talk");
    expect(cell(gone, stand({ id: "there", came: NOW - 5000 }))).toMatchObject({ waiting: 1, gone: 1, live: true, oldest: NOW - 5000 });
    expect(cell(gone)).toMatchObject({ waiting: 0, gone: 1, live: false, oldest: NOW - 9e6, pressure: "soon" });
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
  const seat = (duty: string) => ({ ...SEAT, duty });
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
    expect(does("available", stand({ state: "active", agent: "anna", held: NOW - 2 * 86_400_000 })), "what they had before they came on").toMatchObject({ does: "busy", since: NOW - 60_000 });
    const long = stand({ state: "wrapping", agent: "anna", entered: NOW - 301_000 });
    expect(does("available", long)).toMatchObject({ does: "wrap_up", since: NOW - 301_000, long: true });
  });
});

describe("an agent's room", () => {
  const seated = (...works: Partial<Stand>[]) => {
    const theirs = works.map((one, at) => stand({ id: `w-${at}`, state: "active", agent: "anna", ...one }));
    return drawn(new Board({ position: 0, day: DAY, ended: [], works: theirs, tallies: [], staff: [SEAT] }, 20)).seats[0];
  };
  const talk = { channel: "talk", units: 4 };
  const mail = { channel: "mail", live: false, came_live: false };

  it("is full with somebody on the line and nothing that fits beside them", () => {
    expect(seated(talk, talk)).toMatchObject({ load: 8, full: true });
    expect(seated(talk, ...Array.from({ length: 4 }, () => mail))).toMatchObject({ load: 8, full: true });
    expect(seated(talk, mail)).toMatchObject({ load: 5, full: false });
    expect(seated({ ...talk, state: "offered" }, talk), "what is held out counts").toMatchObject({ load: 8, full: true });
  });

  it("is a number while all of it is written, however much there is", () => {
    expect(seated(...Array.from({ length: 9 }, () => mail))).toMatchObject({ load: 9, full: false });
  });
});

describe("what is kept", () => {
  /** Chance that comes out the same at each run. */
  function dice(seed: number): (sides: number) => number {
    let at = seed;
    return (sides) => Math.floor(((at = (at * 16807) % 2147483647) / 2147483647) * sides);
  }

  it("is at any moment what is worked out anew", () => {
    const roll = dice(7);
    const floor = new Board({ position: 0, day: DAY, ended: [], works: [stand({ id: "w-0" })], tallies: [], staff: [SEAT] }, AIMS.within);
    const kept = new Figuring(floor, AIMS);
    let now = NOW;
    for (let step = 1; step < 600; step++) {
      const position = 2 * step;
      now += [0, 100, 4000, 21_000, 400_000][roll(5)] as number;
      const live = roll(2) === 0;
      const state = (["queued", "offered", "active", "wrapping", "done"] as const)[roll(5)] ?? "done";
      const more = { id: `w-${roll(9)}`, queue: `q-${roll(2)}`, live, came_live: live, state, agent: state === "queued" ? null : "anna", came: now - roll(300) * 1000, entered: now, version: position };
      const over = new Date(now).toISOString();
      floor.hear(told(position, "work.queued", more, { due_at: new Date(now + (roll(9000) - 1000) * 1000).toISOString(), answered_at: state === "active" ? over : null, left_at: state === "done" ? over : null }));
      if (roll(4) === 0) floor.hear({ position: position + 1, type: "agent.duty", facts: { agent: "anna", duty: ["available", "break", "offline"][roll(3)], since: over, reason: null, version: position } });
      expect(kept.at(now, [BENEFITS]), `after ${step}`).toEqual(drawn(floor, now));
    }
    expect(drawn(floor, now).headline.offered).toBeGreaterThan(10);
  });

  it("is the same object where nothing changed, and another one where the clock turns it", () => {
    const kept = new Figuring(board(stand({})), AIMS);
    const rows = (now: number) => kept.at(now, [BENEFITS]).rows[0];
    const first = rows(NOW);
    expect(rows(NOW + 9000)).toBe(first);
    expect(rows(NOW + 10_001)?.target).toBe(0);
  });

  it("adds up what a fold of all tallies would", () => {
    const one = { queue: "q-1", channel: "talk", slot: DAY, answered: 3, met: 2, left: 1, left_early: 1, left_short: 0, live_answered: 3, live_met: 2, waited: 36_000, waits: { "2": 2, "32": 1 } };
    const sums = new Board({ position: 0, day: DAY, ended: [], works: [], tallies: [one, { ...one, queue: "q-2" }], staff: [] }, AIMS.within);
    expect(drawn(sums).headline).toMatchObject({ answered: 6, left: 2, average: 12, median: 2, p90: 32, most: 32 });
    expect(drawn(sums).rows[0]).toMatchObject({ answered: 3, left: 1 });
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

it("says how long somebody waits in one figure and one unit, on the board and on the wall", () => {
  const t = { minutes: (n: number) => `${n} m`, hours: (n: number) => `${n} h`, day: (n: number) => `${n} d` };
  const minutes = [40, 100, 60 * 47, 60 * 48].map((one) => shortly(one * 60_000, t));
  expect(minutes).toEqual(["40 m", "1 h", "47 h", "2 d"]);
});
