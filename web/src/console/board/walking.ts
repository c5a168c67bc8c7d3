/** Arrows walk over what lies in rows on the screen: a table of cells, or tiles that wrap. */

const STEPS: Record<string, [number, number]> = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

/** Moves the focus to the nearest button in the direction of the arrow; nothing where there is none, or no arrow. */
export function walk(event: KeyboardEvent): void {
  const step = STEPS[event.key];
  const from = event.target;
  if (!step || !(from instanceof HTMLButtonElement) || !(event.currentTarget instanceof HTMLElement)) return;
  const places = [...event.currentTarget.querySelectorAll("button")].map((button) => ({ button, ...middle(button) }));
  const next = nearest(places, middle(from), step);
  event.preventDefault();
  next?.button.focus();
}

/** So many pixels apart, two middles are on one line. */
const SAME = 2;

interface Place {
  x: number;
  y: number;
}

/** Sideways the next one on the same line; else, of the next line, what lies least beside the way. */
export function nearest<T extends Place>(places: readonly T[], from: Place, [right, down]: [number, number]): T | undefined {
  const across = ({ x }: Place): number => Math.abs(x - from.x);
  const away = ({ y }: Place): number => Math.abs(y - from.y);
  if (right) return first(places.filter((place) => away(place) < SAME && (place.x - from.x) * right > SAME), across);
  const ahead = places.filter((place) => (place.y - from.y) * down > SAME);
  const line = Math.min(...ahead.map(away));
  return first(ahead.filter((place) => away(place) < line + SAME), across);
}

function first<T>(all: readonly T[], by: (one: T) => number): T | undefined {
  return [...all].sort((a, b) => by(a) - by(b))[0];
}

function middle(button: HTMLElement): Place {
  const { left, right, top, bottom } = button.getBoundingClientRect();
  return { x: (left + right) / 2, y: (top + bottom) / 2 };
}
