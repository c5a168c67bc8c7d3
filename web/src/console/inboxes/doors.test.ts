import { describe, expect, it } from "vitest";
import { changed, filled, type Door, type Kindred, type Setting } from "./doors";

const field = (name: string, kind: Setting["kind"], initial: Setting["default"] = ""): Setting => ({
  name, kind, needed: false, default: initial, label: { en: name }, hint: {}, wrong: {}, example: "", choices: [],
});
const channel = {
  name: "pigeon",
  groups: [{ title: {}, folded: false, fields: [field("loft", "text"), field("ring", "secret", null), field("loud", "switch", false)] }],
} as unknown as Kindred;
const door = { name: "Loft", queue: "q", bound: true, address: null, settings: { loft: "north", loud: true }, secrets: ["ring"] } as unknown as Door;

describe("what a form of settings sends", () => {
  it("leaves out what nobody filled in of a new inbox", () => {
    const now = filled(channel, null, "q");
    expect(now.settings).toEqual({ loft: "", ring: "", loud: false });
    now.settings.loft = "north";
    expect(changed(channel, now, null)).toEqual({ loft: "north", loud: false });
  });

  it("sends only what differs, and a secret only where it was replaced or taken away", () => {
    const before = filled(channel, door, "");
    expect(before.settings).toEqual({ loft: "north", ring: null, loud: true });
    expect(changed(channel, filled(channel, door, ""), before)).toEqual({});
    expect(changed(channel, { ...before, settings: { ...before.settings, ring: "new", loud: false } }, before)).toEqual({ ring: "new", loud: false });
    expect(changed(channel, { ...before, settings: { ...before.settings, ring: "" } }, before)).toEqual({ ring: "" });
  });
});
