import { describe, expect, it } from "vitest";
import { message, row } from "@shared/samples";
import type { Capabilities, Channel, Inbox, WayItem } from "@shared/words";
import { filled, onlyApproved, placeOf, unreadSince, usual, ways } from "./travel";

const able: Capabilities = {
  text: true,
  html: false,
  files: true,
  subject: false,
  live: false,
  threads: false,
  starts: false,
  replies: true,
  length: null,
  icon: "message",
  tone: 1,
  order: 1,
};
const channel = (name: string, changes: Partial<Capabilities> = {}): Channel => ({ name, title: {}, capabilities: { ...able, ...changes } });
const inbox = (channel: string, active = true): Inbox => ({ id: channel, channel, name: channel, queue: "q1", address: null, active });

const one = channel("one", { order: 2 });
const two = channel("two", { order: 1 });
const starts = channel("starts", { starts: true, order: 3 });
const mute = channel("mute", { replies: false });
const inboxes = [inbox("one"), inbox("two"), inbox("starts")];

describe("the ways an answer can travel", () => {
  it("are those that can carry one, in the order channels declare", () => {
    expect(ways([one, two, starts, mute], inboxes, [], row()).map((way) => way.channel.name)).toEqual(["two", "one", "starts"]);
  });

  it("are barred where nobody wrote and we may not begin, with the reason", () => {
    expect(ways([one, two, starts], inboxes, [], row()).map((way) => way.barred)).toEqual(["unreachable", null, null]);
    expect(ways([one], [inbox("one", false)], [], row())[0]?.barred).toBe("noInbox");
  });

  it("begin with where the person last wrote", () => {
    const items = [message({ channel: "one" }), message({ id: "m2", channel: "two" })];
    expect(usual(ways([one, two], inboxes, items, row()), items, row())?.channel.name).toBe("two");
  });

  it("take the first that is open where the last cannot answer", () => {
    const items = [message({ channel: "mute" })];
    expect(usual(ways([mute, starts], inboxes, items, row({ channel: "mute" })), items, row())?.channel.name).toBe("starts");
  });
});

describe("what the server judged", () => {
  const place = (channel: string, address: string, changes: Partial<WayItem> = {}): WayItem => ({
    channel,
    inbox: channel,
    inbox_name: channel,
    address,
    proven: true,
    open: true,
    bar: null,
    why: "",
    doubt: null,
    later: null,
    speaker: null,
    preferred: false,
    usual: false,
    link: 0,
    undo: null,
    templates: [],
    ...changes,
  });
  const judged = [place("one", "a"), place("one", "b", { usual: true }), place("two", "c", { open: false, bar: "claimed" })];
  const all = ways([one, two, starts], inboxes, [], row(), judged);

  it("counts more than what a screen can guess", () => {
    expect(all.map((way) => way.barred)).toEqual(["claimed", null, "unreachable"]);
    expect(usual(all, [message({ channel: "two" })], row())?.channel.name).toBe("one");
  });

  it("takes an approved text where only the window is closed, words where both go", () => {
    const news = { id: "HX1", name: "News", language: "en", text: "About {{1}}: news.", gaps: 1 };
    const late = place("one", "a", { open: false, bar: "window", templates: [news] });
    const stopped = place("two", "c", { open: false, bar: "opted_out", templates: [news] });
    const both = ways([one, two], inboxes, [], row(), [late, place("one", "b"), stopped]);
    expect(both.map((way) => way.barred)).toEqual(["opted_out", null]);
    expect(placeOf(both[1], null)?.address).toBe("b");
    expect([onlyApproved(placeOf(both[1], "a")), onlyApproved(placeOf(both[1], "b")), onlyApproved(undefined)]).toEqual([true, false, false]);
  });

  it("shows an approved text as it will arrive, and leaves open what is not filled in", () => {
    expect(filled("About {{1}} on {{2}}, {{1}}.", ["your permit", " "])).toBe("About your permit on {{2}}, your permit.");
  });

  it("names the address that was chosen, else the usual one, and never one that is barred", () => {
    const way = all.find((one) => one.channel.name === "one");
    expect(placeOf(way, "a")?.address).toBe("a");
    expect(placeOf(way, null)?.address).toBe("b");
    expect(placeOf(all.find((one) => one.channel.name === "two"), "c")).toBeUndefined();
  });
});

describe("before sending", () => {
  it("what others said since the writing began must be read; notes and my own need not", () => {
    const items = [
      message({ id: "a", at_version: 3, direction: "out", author: "me" }),
      message({ id: "b", at_version: 4, direction: "out", author: "maya" }),
      message({ id: "c", at_version: 5, direction: "note", author: "maya" }),
    ];
    expect(unreadSince(items, 2, "me")?.id).toBe("b");
    expect(unreadSince(items, 4, "me")).toBeNull();
  });
});
