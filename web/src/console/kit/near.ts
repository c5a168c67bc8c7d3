/** Where a menu, a keypad or a panel stands: at its button, and never outside the window. */

export interface Spot {
  x: number;
  y: number;
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

interface Size {
  width: number;
  height: number;
}

const GAP = 4;
const EDGE = 8;

/** Under the button, or above it where there is no room; from where its reading begins. All in CSS pixels of the window. */
export function spot(button: Box, popup: Size, pane: Size, rtl: boolean): Spot {
  const start = rtl ? button.right - popup.width : button.left;
  const below = button.bottom + GAP + popup.height <= pane.height - EDGE;
  return {
    x: Math.max(EDGE, Math.min(start, pane.width - popup.width - EDGE)),
    y: below ? button.bottom + GAP : Math.max(EDGE, button.top - GAP - popup.height),
  };
}

/** The spot of an open popup, as the window is now. */
export function near(button: Element, popup: Element): Spot {
  const pane = { width: innerWidth, height: innerHeight };
  return spot(button.getBoundingClientRect(), popup.getBoundingClientRect(), pane, document.dir === "rtl");
}
