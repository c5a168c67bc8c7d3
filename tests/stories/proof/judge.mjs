// Replays recorded cases in a reducer: old state + frames must be what a fresh snapshot says.
// Runs wherever the built reducer runs: in Node.js (prove.mjs) and in the browser.

/** What two states must agree on; what only tells how they came about (position, stale) is left out. */
function seen(state, only, people) {
  const key = (item) => `${String(item.at_version).padStart(9, "0")} ${item.type} ${item.id}`;
  const items = (timeline) => timeline.map(({ position, ...item }) => item).sort((a, b) => (key(a) < key(b) ? -1 : 1));
  // What colleagues carry is counted by the server and shown nowhere live; my own is asked for again (`stale: me`).
  const agent = ({ load, teams, ...rest }) => ({
    ...rest,
    teams: [...teams].sort(),
    load: rest.id === state.me && !state.stale.includes("me") ? load : undefined,
  });
  const customer = ({ identities, ...rest }) => ({
    ...rest,
    identities: [...identities].sort((a, b) => (a.address < b.address ? -1 : 1)),
  });
  const of = (record, keys, show) => Object.fromEntries(keys.filter((id) => record[id]).map((id) => [id, show(record[id])]));
  return {
    tickets: state.tickets,
    timelines: of(state.timelines, only, items),
    customers: of(state.customers, people, customer),
    agents: of(state.agents, Object.keys(state.agents), agent),
    offers: state.offers,
    calls: state.calls,
    broadcasts: state.broadcasts,
    queues: state.queues,
    inboxes: state.inboxes,
    services: state.services,
    teams: state.teams,
  };
}

/** The first place where two values differ, in words; null where they are the same. */
function difference(left, right, path = "") {
  if (Object.is(left, right)) return null;
  if (left && right && typeof left === "object" && typeof right === "object") {
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      const found = difference(left[key], right[key], `${path}/${key}`);
      if (found) return found;
    }
    return null;
  }
  return `${path}: ${JSON.stringify(left)?.slice(0, 2000)} instead of ${JSON.stringify(right)?.slice(0, 2000)}`;
}

/** A page whose list is another one now must have been told to ask again; how many there are of something it asks for when opened. */
function pageNotTold(state, old, fresh) {
  const shown = (items) => JSON.stringify(items.map(({ seen_at, used_at, open, reports, used, ...item }) => item));
  const changed = Object.keys(fresh.pages).filter((what) => shown(old.pages[what]) !== shown(fresh.pages[what]));
  const missed = changed.find((what) => !state.stale.includes(what));
  return missed ? `the page of ${missed} was not told to ask again` : null;
}

/** Why this case does not hold, or null; and how many timelines and customers were compared. */
function judge({ fromSnapshot, reduce }, old, frames, fresh) {
  const begun = fromSnapshot(old);
  const state = frames.reduce(reduce, begun);
  const loads = state.stale.includes("all"); // a screen that loads anew shows the fresh state by definition
  const ended = loads ? null : fromSnapshot(fresh);
  if (!ended) return { why: null, compared: 0 };
  // A merge moves messages: the reducer says so (`stale`), and the screen loads that timeline again.
  const only = Object.keys(state.timelines).filter((id) => fresh.timelines[id] && !state.stale.includes(`timeline:${id}`));
  const people = Object.keys(state.customers).filter((id) => ended.customers[id] && !state.stale.includes(`customer:${id}`));
  const with_ = { ...ended, stale: state.stale };
  const why = difference(seen(state, only, people), seen(with_, only, people)) ?? pageNotTold(state, old, fresh);
  return { why, compared: only.length + people.length };
}

/** A recording as it was kept (`shelf.py`): each place in a snapshot is the part that stands there. */
export function read({ parts, viewers, cases }) {
  const whole = (shown) => {
    if (typeof shown === "number") return parts[shown];
    if (Array.isArray(shown)) return shown.map(whole);
    return Object.fromEntries(Object.entries(shown).map(([name, one]) => [name, whole(one)]));
  };
  const seen = ({ frames, snapshots }) => ({ frames, snapshots: snapshots.map(whole) });
  return { viewers: Object.fromEntries(Object.entries(viewers).map(([name, viewer]) => [name, seen(viewer)])), cases };
}

/** All cases; with `enough`, only until the first that does not hold. */
export function replay(reducer, { viewers, cases }, { enough = false } = {}) {
  const failed = [];
  let compared = 0;
  for (const { name, acts, viewer, old, frames, fresh } of cases) {
    const { snapshots, frames: all } = viewers[viewer];
    let found;
    try {
      found = judge(reducer, snapshots[old], all.slice(...frames), snapshots[fresh]);
    } catch (error) {
      found = { why: String(error.stack ?? error).split("\n").slice(0, 3).join(" | "), compared: 0 };
    }
    compared += found.compared;
    if (found.why) failed.push(`${name}, after ${JSON.stringify(acts.slice(-9))}: ${found.why}`);
    if (found.why && enough) break;
  }
  return { failed, compared };
}

/** Handlers that may be taken out without any case from one snapshot to the next failing: what they do is not proved. */
export function unproved(reducer, recording) {
  const { viewers, cases } = recording;
  const steps = cases.filter(({ old, fresh }) => fresh === old + 1);
  const tells = (type) => ({ viewer, frames }) =>
    viewers[viewer].frames.slice(...frames).some((frame) => frame.events?.some((event) => event.type === type));
  return Object.keys(reducer.HANDLERS).filter((type) => {
    const whole = reducer.HANDLERS[type];
    reducer.HANDLERS[type] = (state) => state;
    const { failed } = replay(reducer, { viewers, cases: steps.filter(tells(type)) }, { enough: true });
    reducer.HANDLERS[type] = whole;
    return failed.length === 0;
  });
}
