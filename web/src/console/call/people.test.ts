import { expect, it, vi } from "vitest";
import { call, leg, row } from "@shared/samples";

const tickets = { t1: row({ customer_name: "Wei Zhang" }), t2: row({ id: "t2", customer_name: "+15550142001" }) };
const agents = { sue: { name: "Sue Marsh" } };
vi.mock("../desk/desk.svelte", () => ({ desk: { state: { tickets, agents } } }));
vi.mock("../words/words.svelte", () => ({ tongue: {} }));
vi.mock("./said.svelte", async () => ({ said: { t: (await import("../words/en/calls")).calls } }));
const { callerFirst, legFirst, legName } = await import("./people");
const { said } = await import("./said.svelte");

it("calls somebody by their first name, and whoever is known by a number the caller", () => {
  expect(said.t.cannotHear(callerFirst(call()))).toBe("Wei cannot hear you");
  expect(said.t.cannotHear(callerFirst(call({ ticket: "t2" })))).toBe("The caller cannot hear you");
});

it("names who whispers or joins to whoever hears them, and a number outside whole", () => {
  const sue = leg({ part: "supervisor", agent: "sue" });
  expect(said.t.whispers(legFirst(call(), sue))).toBe("Sue speaks to you alone");
  expect(said.t.joined(legFirst(call(), sue))).toBe("Sue is in the call");
  const outside = leg({ id: "l7", part: "consulted" });
  expect(legName(call({ numbers: { l7: "+15550199001" } }), outside)).toBe("+1 555 019 9001");
});
