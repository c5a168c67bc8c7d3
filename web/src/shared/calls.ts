/** Calls as a screen knows them: only those in which this person takes part, as long as they go on. */

import { stale, type State } from "./state";
import type { Call, Id } from "./words";

/** A call stands differently; who shows calls asks for them again. */
export function callMoved(state: State, fresh: Call): State {
  const told = [...(fresh.ticket ? [`calls:${fresh.ticket}`] : []), ...(slipped(state, fresh) ? [`slipped:${fresh.id}:${String(fresh.trouble)}`] : [])];
  return stale(withCall(state, fresh), "calls", ...told);
}

/** A call of mine as it stands now; one that is over, or that I am not in any more, is let go. */
export function withCall(state: State, call: Call): State {
  const known = state.calls[call.id];
  if (known && known.version >= call.version) return state;
  const mine = call.state !== "ended" && isParty(call, state.me);
  if (!mine && !known) return state;
  const { [call.id]: _before, ...others } = state.calls;
  return { ...state, calls: mine ? { ...others, [call.id]: call } : others };
}

/** Whether this person is in it: it is theirs, or a telephone of theirs is. */
export function isParty(call: Call, agent: Id): boolean {
  return call.agent === agent || call.legs.some((leg) => leg.agent === agent && leg.state !== "gone");
}

/** It was mine, could not be brought to me, and is in line again. */
function slipped(state: State, fresh: Call): boolean {
  return state.calls[fresh.id]?.agent === state.me && fresh.agent !== state.me && fresh.trouble !== null && fresh.state !== "ended";
}
