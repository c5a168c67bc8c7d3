/** Which part of a long list is drawn: rows of one height under group heads of another. */

export interface Strip<T> {
  top: number;
  height: number;
  value: T;
}

export interface Drawn<T> {
  strips: readonly Strip<T>[];
  before: number;
  after: number;
}

const MARGIN = 400;

/** Lay strips under each other. */
export function lay<T>(values: readonly { value: T; height: number }[]): { strips: Strip<T>[]; height: number } {
  let top = 0;
  const strips = values.map(({ value, height }) => {
    const strip = { top, height, value };
    top += height;
    return strip;
  });
  return { strips, height: top };
}

/** The strips in sight and a little around them; the rest is only height. */
export function inSight<T>(all: readonly Strip<T>[], height: number, scroll: number, seen: number): Drawn<T> {
  const strips = all.filter((strip) => strip.top + strip.height > scroll - MARGIN && strip.top < scroll + seen + MARGIN);
  const first = strips[0];
  const last = strips.at(-1);
  if (!first || !last) return { strips, before: 0, after: height };
  return { strips, before: first.top, after: height - last.top - last.height };
}
