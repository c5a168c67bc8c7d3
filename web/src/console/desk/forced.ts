/** Somebody else changed my state: said once, with who did and why. */

import type { Duty, EventFrame } from "@shared/words";
import { tongue } from "../words/words.svelte";
import { desk } from "./desk.svelte";
import { toasts } from "./toasts.svelte";

export function tellForced(): () => void {
  const tap = ({ events }: { events?: readonly EventFrame[] }): void => {
    for (const event of events ?? []) if (event.type === "agent.duty") tell(event);
  };
  desk.taps.add(tap);
  return () => desk.taps.delete(tap);
}

function tell({ actor, facts }: EventFrame): void {
  const { agent, duty, reason } = facts as { agent: string; duty: Duty; reason: string | null };
  if (agent !== desk.me.id || actor.kind !== "agent" || actor.id === agent) return;
  const who = desk.state.agents[actor.id]?.name ?? "";
  toasts.say(tongue.t.forced(who, tongue.t.duty[duty], reason ?? ""));
}
