/** Where a call stands for me: what the record says of its legs, as the one thing that the bar draws. */

import type { Call, CallLeg, Id, MessageItem } from "@shared/words";

export type Standing =
  /** My telephone rings, or I am being connected. */
  | "connecting"
  /** I am in; the other side rings. */
  | "dialling"
  | "talking"
  | "held"
  /** I speak with a colleague while the caller hears music. */
  | "consulting"
  | "conference"
  /** A colleague asks me in. */
  | "asked"
  | "helping"
  | "watching"
  | "lost"
  | "wrapping";

export function standing(call: Call, me: Id): Standing {
  if (call.agent !== me) return besides(call, me);
  if (call.state === "wrapping" || call.state === "lost" || call.state === "dialling" || call.state === "connecting") return call.state;
  if (consulted(call)) return caller(call)?.held ? "consulting" : "conference";
  return caller(call)?.held ? "held" : "talking";
}

function besides(call: Call, me: Id): Standing {
  const leg = mine(call, me);
  if (leg?.part === "supervisor") return "watching";
  return leg?.state === "dialling" ? "asked" : "helping";
}

export function caller(call: Call): CallLeg | undefined {
  return call.legs.find((leg) => leg.part === "caller" && leg.state !== "gone");
}

/** The colleague, or the number outside, that was called in. */
export function consulted(call: Call): CallLeg | undefined {
  return call.legs.find((leg) => leg.part === "consulted" && leg.state !== "gone");
}

/** A supervisor whom its agent hears: who only listens is not one. */
export function heard(call: Call): CallLeg | undefined {
  return call.legs.find((leg) => leg.part === "supervisor" && leg.state === "in" && leg.mode !== "listen");
}

/** Who hears me, whom a colleague asked in: they do in any case, whether the caller does is what I must know. */
export function hears(call: Call, me: Id): "agent" | "cannotHear" | "everybodyHears" {
  if (standing(call, me) === "watching") return "agent";
  return caller(call)?.held ? "cannotHear" : "everybodyHears";
}

/** My own telephone in it: the one that is in, else the one that was last. */
export function mine(call: Call, me: Id): CallLeg | undefined {
  const legs = call.legs.filter((leg) => leg.agent === me);
  return legs.findLast((leg) => leg.state !== "gone") ?? legs.at(-1);
}

/** The call that the bar shows: mine before one that I only help in or listen to, the newest of these. */
export function foremost(calls: Iterable<Call>, me: Id): Call | undefined {
  return [...calls].sort((a, b) => Number(b.agent === me) - Number(a.agent === me) || (a.arrived_at < b.arrived_at ? 1 : -1))[0];
}

/** Since when it stands like that, for the clock beside it. */
export function since(call: Call, me: Id): string {
  switch (standing(call, me)) {
    case "lost":
      return mine(call, me)?.left_at ?? call.arrived_at;
    case "wrapping":
      return call.ended_at ?? call.arrived_at;
    case "consulting":
      return consulted(call)?.joined_at ?? call.bridged_at ?? call.arrived_at;
    case "helping":
    case "watching":
      return mine(call, me)?.joined_at ?? call.arrived_at;
    default:
      return call.bridged_at ?? call.arrived_at;
  }
}

/** How long they spoke, in milliseconds. */
export function spoken(call: Call): number {
  return call.bridged_at ? Date.parse(call.ended_at ?? call.bridged_at) - Date.parse(call.bridged_at) : 0;
}

/** What a call was, as its card in the timeline is called. Whoever left a message was never in a call that was missed, or not recorded. */
export function kindOf(call: Call | null, direction: MessageItem["direction"]): "voicemail" | "outgoing" | "missed" | "incoming" {
  if (call?.ending === "voicemail") return "voicemail";
  if (direction === "out") return "outgoing";
  return call?.state === "ended" && call.bridged_at === null ? "missed" : "incoming";
}

/** What of it goes on. Of whom we promised to call nobody is on the line. */
export function goesOn(call: Call | null): "goesOn" | "promised" | null {
  if (!call || call.state === "ended" || call.state === "wrapping") return null;
  return call.state === "promised" ? "promised" : "goesOn";
}
