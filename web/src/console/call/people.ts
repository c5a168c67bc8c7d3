/** Who is at the other end, as far as we know. */

import type { Call, CallLeg } from "@shared/words";
import { desk } from "../desk/desk.svelte";
import { firstName, isNumber, readableAddress, shownName } from "../words/names";
import { said } from "./said.svelte";

export function numberOf(number: string | null): string {
  return number ? readableAddress(`tel:${number.replace(/^tel:/, "")}`) : said.t.withheld;
}

/** The person of the call's ticket, else the number. */
export function callerName(call: Call): string {
  return shownName(desk.state.tickets[call.ticket ?? ""]?.customer_name || call.number || said.t.somebody);
}

/** How to call them in a short sentence. Who is known by a number only has none: "the caller" is shorter, and as clear. */
export function callerFirst(call: Call): string {
  const name = desk.state.tickets[call.ticket ?? ""]?.customer_name ?? "";
  return isNumber(name) ? "" : firstName(name);
}

/** A colleague, or the number outside, in a call. */
export function legName(call: Call, leg: CallLeg | undefined): string {
  if (!leg) return "";
  return leg.agent ? (desk.state.agents[leg.agent]?.name ?? said.t.somebody) : numberOf(call.numbers[leg.id] ?? null);
}

/** A colleague as one speaks of them; a number stays whole. */
export function legFirst(call: Call, leg: CallLeg | undefined): string {
  return firstName(legName(call, leg));
}
