// Replays recorded cases in the built reducer: old state + frames must be what a fresh snapshot says.
// Usage: node prove.mjs REDUCER CASES [HANDLER-TO-REMOVE]. Prints one line for each case that differs.
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { pathToFileURL } from "node:url";

const [reducer, cases, removed] = process.argv.slice(2);
const { fromSnapshot, reduce, HANDLERS } = await import(pathToFileURL(reducer));
if (removed) HANDLERS[removed] = (state) => state;

/** What two states must agree on; what only tells how they came about (position, stale) is left out. */
function seen(state, only) {
  const key = (item) => `${String(item.at_version).padStart(9, "0")} ${item.type} ${item.id}`;
  const items = (timeline) =>
    timeline.map(({ position, ...item }) => item).sort((a, b) => (key(a) < key(b) ? -1 : 1));
  return JSON.parse(
    JSON.stringify({
      tickets: state.tickets,
      timelines: Object.fromEntries(only.filter((id) => state.timelines[id]).map((id) => [id, items(state.timelines[id])])),
      duties: Object.fromEntries(Object.values(state.agents).map((a) => [a.id, [a.duty, a.role, a.active, a.version]])),
      offers: state.offers,
      queues: state.queues,
      inboxes: state.inboxes,
    }),
  );
}

function difference(left, right, path = "") {
  if (isDeepStrictEqual(left, right)) return null;
  if (left && right && typeof left === "object" && typeof right === "object") {
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      const found = difference(left[key], right[key], `${path}/${key}`);
      if (found) return found;
    }
  }
  return `${path}: ${JSON.stringify(left)?.slice(0, 300)} instead of ${JSON.stringify(right)?.slice(0, 300)}`;
}

let failed = 0;
let compared = 0;
const all = JSON.parse(readFileSync(cases, "utf8"));
for (const { name, old, frames, fresh } of all) {
  let why;
  try {
    const state = frames.reduce(reduce, fromSnapshot(old));
    // A merge moves messages: the reducer says so (`stale`), and the screen loads that timeline again.
    const only = Object.keys(state.timelines).filter((id) => fresh.timelines[id] && !state.stale.includes(`timeline:${id}`));
    compared += only.length;
    why = difference(seen(state, only), seen(fromSnapshot(fresh), only));
  } catch (error) {
    why = String(error.stack ?? error).split("\n").slice(0, 3).join(" | ");
  }
  if (why) {
    failed += 1;
    console.log(`${name}: ${why}`);
  }
}
console.log(`${all.length - failed} of ${all.length} cases hold, ${compared} timelines compared`);
process.exit(failed || !compared ? 1 : 0);
