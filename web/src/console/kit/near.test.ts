import { describe, expect, it } from "vitest";
import { spot } from "./near";

const PANE = { width: 400, height: 600 };
const PANEL = { width: 200, height: 100 };
const button = (left: number, top: number) => ({ left, right: left + 40, top, bottom: top + 20 });

describe("a popup", () => {
  it("stands under its button, from where its reading begins", () => {
    expect(spot(button(100, 50), PANEL, PANE, false)).toEqual({ x: 100, y: 74 });
    expect(spot(button(300, 50), PANEL, PANE, true)).toEqual({ x: 140, y: 74 });
  });

  it("stands above it where there is no room below", () => {
    expect(spot(button(100, 550), PANEL, PANE, false)).toEqual({ x: 100, y: 446 });
  });

  it.each([
    ["at the right edge", button(380, 50), false, { x: 192, y: 74 }],
    ["at the left edge, read from the right", button(20, 50), true, { x: 8, y: 74 }],
    ["where neither side has room", button(100, 60), false, { x: 100, y: 8 }, { width: 200, height: 560 }],
  ])("keeps inside the window %s", (_where, at, rtl, place, size = PANEL) => {
    expect(spot(at, size, PANE, rtl)).toEqual(place);
  });
});
