import { describe, expect, it } from "vitest";
import { fromSnapshot, HANDLERS, reduce, withRows, withTimeline, type State } from "./reducer";
import { agent, bootstrap, call, event, leg, message, messageEvent, row } from "./samples";
import type { Call, EventFrame } from "./words";

const start = (...rows: ReturnType<typeof row>[]): State => fromSnapshot({ bootstrap: bootstrap(), tickets: rows });

describe("a row", () => {
  it("is kept when it is newer", () => {
    const after = reduce(start(row({ version: 2 })), { events: [event("ticket.status", row({ version: 3, status: "solved" }))] });
    expect(after.tickets.t1?.status).toBe("solved");
  });

  it("is left alone when ours is newer, whatever the position says", () => {
    const before = start(row({ version: 9, subject: "Ours" }));
    const after = reduce(before, { events: [event("ticket.renamed", row({ version: 3, subject: "Theirs" }))] });
    expect(after.tickets.t1?.subject).toBe("Ours");
    expect(after.position).toBe(11);
  });

  it("enters with its first event", () => {
    expect(reduce(start(), event("ticket.opened", row())).tickets.t1?.number).toBe("ON-4F7K-2931");
  });

  it("of a ticket that is not ours to see stays away, though its offer came", () => {
    const hidden = row({ id: "t9", queue: "q2" });
    const offer = { id: "o1", work: "w1", ticket: "t9", agent: "me", made_at: "", expires_at: "", why: "longest idle" };
    const after = reduce(start(), event("offer.made", hidden, { offer }));
    expect(after.tickets.t9).toBeUndefined();
    expect(after.offers.o1?.row.number).toBe("ON-4F7K-2931");
  });

  it("leaves with gone, and takes its timeline with it", () => {
    const open = withTimeline(start(row()), "t1", [message()]);
    const after = reduce(open, { gone: [{ ticket: "t1", position: 14 }] });
    expect(after.tickets).toEqual({});
    expect(after.timelines).toEqual({});
    expect(after.position).toBe(14);
  });

  it("asks what I carry where it was mine: of who has it now I hear no more", () => {
    const gone = { gone: [{ ticket: "t1", position: 14 }] };
    expect(reduce(start(row({ assignee: "me" })), gone).stale).toEqual(["me", "work"]);
    expect(reduce(start(row({ assignee: "maya" })), gone).stale).toEqual([]);
  });
});

describe("what I carry", () => {
  it("is asked for again when the work that I had is a colleague's, whosever the ticket was", () => {
    const taken = (from?: string) => event("work.taken", row({ version: 2, assignee: "maya" }), { work: { agent: "maya" }, ...(from ? { from } : {}) });
    expect(reduce(start(row({ assignee: "maya" })), taken("me")).stale).toEqual(["me", "work"]);
    expect(reduce(start(row({ assignee: "maya" })), taken()).stale).toEqual([]);
  });
});

describe("the same frame twice", () => {
  it("changes nothing the second time", () => {
    const frame = { events: [event("ticket.priority", row({ version: 4, priority: "urgent" }))] };
    const once = reduce(start(row()), frame);
    expect(reduce(once, frame)).toBe(once);
  });

  it("does not put a message twice in the timeline", () => {
    const open = withTimeline(start(row()), "t1", [message()]);
    const frame = messageEvent("message.received", row({ version: 2 }), message());
    expect(reduce(open, frame).timelines.t1).toHaveLength(1);
  });
});

describe("a timeline", () => {
  it("is only kept for a ticket that was opened", () => {
    expect(reduce(start(row()), messageEvent("message.received", row({ version: 2 }), message())).timelines).toEqual({});
  });

  it("stands in the order of the ticket's versions, whatever the clocks said", () => {
    let state = withTimeline(start(row()), "t1", [message({ id: "m3", at_version: 3 })]);
    state = withTimeline(state, "t1", [message({ id: "m1", at_version: 1, created_at: "2027-01-01T00:00:00Z" })]);
    state = reduce(state, event("ticket.assigned", row({ version: 2 }), { from: null, to: "me" }));
    expect(state.timelines.t1?.map((item) => item.at_version)).toEqual([1, 2, 3]);
  });

  it("puts a message before the lines of the same change", () => {
    let state = withTimeline(start(row()), "t1", []);
    state = reduce(state, event("ticket.status", row({ version: 2 }), { from: "new", to: "waiting" }));
    state = withTimeline(state, "t1", [message({ at_version: 2 })]);
    expect(state.timelines.t1?.map((item) => item.type)).toEqual(["message", "event"]);
  });

  it("shows how far a message got, and never that it went back", () => {
    let state = withTimeline(start(row()), "t1", [message({ direction: "out", delivery: "queued", version: 1 })]);
    const further = (delivery: string, version: number, position: number) =>
      event("message.delivery", row({ version: 2 }), { message: "m1", delivery, reason: null, version }, position);
    state = reduce(state, further("sent", 3, 11));
    state = reduce(state, further("sending", 2, 12));
    expect(state.timelines.t1?.[0]).toMatchObject({ delivery: "sent", version: 3 });
  });

  it("loses its messages when they went over to another ticket, and keeps its lines", () => {
    let state = withTimeline(start(row()), "t1", [message()]);
    state = reduce(state, event("ticket.status", row({ version: 2 }), { from: "new", to: "open" }));
    state = reduce(state, event("ticket.merged", row({ version: 3 }), { into: "t2" }, 12));
    expect(state.timelines.t1?.map((item) => item.type)).toEqual(["event", "event"]);
  });

  it("of a ticket that left and came back in one frame is empty until it is opened again", () => {
    const open = withTimeline(start(row()), "t1", [message()]);
    const back = event("ticket.moved", row({ version: 3 }), {}, 13);
    const after = reduce(open, { events: [back], gone: [{ ticket: "t1", position: 12 }] });
    expect(after.tickets.t1?.version).toBe(3);
    expect(after.timelines.t1).toBeUndefined();
  });

  it("asks to be loaded again when another ticket's messages joined it", () => {
    const open = withTimeline(start(row()), "t1", []);
    expect(reduce(open, event("ticket.joined", row({ version: 2 }), { source: "t2" })).stale).toContain("timeline:t1");
  });
});

describe("people", () => {
  it("change their state in place", () => {
    const facts = { agent: "maya", duty: "break", reason: "tea", since: "2026-11-23T10:00:00Z", version: 2 };
    const after = reduce(start(), { ...event("agent.duty", null, facts), personal: {} });
    expect(after.agents.maya).toMatchObject({ duty: "break", duty_reason: "tea", name: "Maya Okafor" });
  });

  it("say what they do after this contact", () => {
    const facts = { agent: "maya", duty: "available", reason: null, since: "2026-11-23T10:00:00Z", version: 2, next: "break" };
    expect(reduce(start(), event("agent.duty", null, facts)).agents.maya).toMatchObject({ next_duty: "break" });
  });

  it("who are asked in by me or with me ask again, and nobody else", () => {
    const asked = (consult: object) => reduce(start(row()), event("consult.asked", row({ version: 2 }), { consult })).stale;
    expect(asked({ asker: "maya", asked: "me" })).toContain("consults");
    expect(asked({ asker: "me", asked: "maya" })).toContain("consults");
    expect(asked({ asker: "maya", asked: "ben" })).not.toContain("consults");
  });

  it("make everything stale when what I may see changed", () => {
    const facts = { agent: "me", role: "agent", teams: ["other"], version: 5 };
    const after = reduce(start(), { ...event("agent.changed", null, facts), personal: { name: "Anna", email: "a@x.example" } });
    expect(after.agents.me?.teams).toEqual(["other"]);
    expect(after.stale).toContain("all");
  });

  it("who join are known by name", () => {
    const facts = { ...agent({ id: "new" }), agent: "new", version: 1 };
    const after = reduce(start(), { ...event("agent.added", null, facts), personal: { name: "New Person", email: "n@x.example" } });
    expect(after.agents.new?.name).toBe("New Person");
  });
});

describe("an offer", () => {
  const offer = { id: "o1", work: "w1", ticket: "t1", agent: "me", made_at: "", expires_at: "", why: "longest idle" };

  it("to a colleague is none of mine", () => {
    expect(reduce(start(), event("offer.made", row(), { offer: { ...offer, agent: "maya" } })).offers).toEqual({});
  });

  it("ends when it ends", () => {
    const made = reduce(start(), event("offer.made", row(), { offer }));
    const ended = (more = {}) => reduce({ ...made, stale: [] }, event("offer.ended", row(), { offer: { ...offer, state: "rescinded" }, ...more }, 12));
    expect(ended().offers).toEqual({});
    expect(ended().stale).toEqual(["me"]);
    expect(ended({ cut_off: true }).stale, "which is said in words").toContain("cut-off");
  });
});

describe("the frame", () => {
  it("of a kind nobody knows is an error, not a silence", () => {
    expect(() => reduce(start(), event("ticket.exploded", row()))).toThrow("ticket.exploded");
  });

  it("that says reset makes everything stale", () => {
    expect(reduce(start(), { reset: true }).stale).toEqual(["all"]);
  });

  it("of every known kind can be applied to an empty screen", () => {
    for (const type of Object.keys(HANDLERS)) {
      expect(() => reduce(start(), event(type, row(), { message: message(), work: {}, offer: {}, customer: "c1" }))).not.toThrow();
    }
  });

  it("never changes what was", () => {
    const before = start(row());
    const copy = structuredClone(before);
    reduce(before, event("ticket.status", row({ version: 5, status: "closed" })));
    expect(before).toEqual(copy);
  });

  it("after a question brought newer rows, changes nothing with older ones", () => {
    const state = withRows(start(row({ version: 1 })), [row({ version: 7, status: "solved" })]);
    expect(reduce(state, event("ticket.status", row({ version: 6, status: "open" }))).tickets.t1?.status).toBe("solved");
  });
});

describe("resuming", () => {
  it("at any position gives the same state as never having been away", () => {
    const events = [
      event("ticket.opened", row({ version: 1 }), {}, 11),
      event("ticket.assigned", row({ version: 2, assignee: "me" }), { from: null, to: "me" }, 12),
      event("ticket.status", row({ version: 3, status: "waiting" }), { from: "open", to: "waiting" }, 13),
      event("ticket.opened", row({ id: "t2", version: 1 }), {}, 14),
    ];
    const whole = reduce(start(), { events });
    for (let at = 0; at <= events.length; at += 1) {
      const before = reduce(start(), { events: events.slice(0, at) });
      const resumed = reduce(before, { events: events.slice(Math.max(0, at - 1)) });
      expect(resumed).toEqual(whole);
    }
  });
});

describe("an answer that waited and will not leave", () => {
  const gone = (author: string, why: string) =>
    event("reply.withdrawn", row({ version: 2 }), { message: "m1", author, why, delivery: "withdrawn", send_at: null, hold: null, instead_of: null, instead: null, version: 2 });

  it("is said once to whoever wrote it, unless they took it back themselves", () => {
    const before = start(row({ version: 2 }));
    expect(reduce(before, { events: [gone(before.me, "they_wrote")] }).stale).toContain("withdrawn:t1:m1");
    expect(reduce(before, { events: [gone(before.me, "taken_back")] }).stale).toEqual([]);
    expect(reduce(before, { events: [gone("somebody", "they_wrote")] }).stale).toEqual([]);
  });
});

describe("a promise whose time runs out", () => {
  const due = (told: string[]) => event("ticket.due", row({ version: 2 }), { promise: "first", percent: 80, due_at: null, told });

  it("is said once to whom it is told, and to nobody else", () => {
    const mine = reduce(start(row({ version: 2 })), { events: [due([start().me])] });
    expect(mine.stale).toContain("due:t1:first:80");
    const others = reduce(start(row({ version: 2 })), { events: [due(["somebody"])] });
    expect(others.stale).toEqual([]);
  });
});

describe("somebody who is forgotten", () => {
  const said = message({ text: "I am Wei", version: 1 });
  const open = (): State => withTimeline(start(row({ subject: "Wei's permit" })), "t1", [said]);

  it("leaves no word in a list or an open timeline", () => {
    const gone = row({ version: 9, subject: "", customer_name: "", snippet: "", erased_at: "2026-11-25T10:00:00Z" });
    const after = reduce(open(), { events: [event("ticket.erased", gone, { messages: null })] });
    expect(JSON.stringify(after.timelines.t1)).not.toContain("Wei");
    expect(after.tickets.t1?.subject).toBe("");
    expect(after.stale).not.toContain("timeline:t1");
  });

  it("leaves what others wrote in a matter that was not theirs", () => {
    const theirs = row({ version: 9 });
    const after = reduce(open(), { events: [event("ticket.erased", theirs, { messages: ["somebody-elses"] })] });
    expect(JSON.stringify(after.timelines.t1)).toContain("I am Wei");
    expect(after.stale).toContain("timeline:t1");
  });
});

describe("a call", () => {
  const mine = leg({ id: "l2", part: "agent", agent: "me" });
  const moved = (one: Call, position = 11): EventFrame => {
    const { number, numbers, ...facts } = one;
    return { ...event("call.changed", row({ version: 2 }), { call: facts }, position), personal: { call: { number, numbers } } };
  };

  it("stands here while I take part, with its words, and is asked for again where calls are shown", () => {
    const after = reduce(start(row()), moved(call({ legs: [mine] })));
    expect(after.calls.k1?.number).toBe("+15550142");
    expect(after.stale).toEqual(["calls", "calls:t1"]);
  });

  it.each([
    ["it is over", call({ state: "ended", legs: [], version: 2 })],
    ["a colleague has it now", call({ agent: "maya", legs: [{ ...mine, state: "gone" as const }], version: 2 })],
  ])("goes when %s", (_why, later) => {
    const before = reduce(start(row()), moved(call({ legs: [mine] })));
    expect(reduce(before, moved(later, 12)).calls).toEqual({});
  });

  it("that could not be brought to me says so once, with the reason", () => {
    const before = { ...reduce(start(row()), moved(call({ state: "connecting", legs: [mine] }))), stale: [] };
    const after = reduce(before, moved(call({ state: "waiting", agent: null, legs: [], trouble: "no-answer", version: 2 }), 12));
    expect(after.calls).toEqual({});
    expect(after.stale).toContain("slipped:k1:no-answer");
  });

  it("of colleagues stays away", () => {
    expect(reduce(start(row()), moved(call({ agent: "maya" }))).calls).toEqual({});
  });
});
