/**
 * The list never jumps under the eyes: while somebody reads it, what stands keeps its
 * place, what arrives waits, and what left stays in grey until it is released.
 */

export interface Held {
  /** Ids in the order to draw. */
  order: readonly string[];
  /** Came while held; not drawn. */
  waiting: readonly string[];
  /** Drawn, but not in the view any more. */
  left: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

export function hold(standing: readonly string[], fresh: readonly string[], held: boolean): Held {
  if (!held) return { order: fresh, waiting: [], left: NONE };
  const now = new Set(fresh);
  const drawn = new Set(standing);
  return {
    order: standing,
    waiting: fresh.filter((id) => !drawn.has(id)),
    left: new Set(standing.filter((id) => !now.has(id))),
  };
}
