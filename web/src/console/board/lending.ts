/** People are lent to a team for now, and given back: each is the other's way back. */

import { post } from "../desk/api";
import { why } from "../desk/deeds.svelte";
import { desk } from "../desk/desk.svelte";
import { toasts } from "../desk/toasts.svelte";
import { admin } from "../words/admin";

export function lend(agent: string, team: string): Promise<void> {
  return done(() => post(`/agents/${agent}/loans`, { team }), admin().board.lent(name(agent), place(team)), () => void takeBack(agent, team));
}

export function takeBack(agent: string, team: string): Promise<void> {
  return done(() => post(`/agents/${agent}/returns`, { team }), admin().board.givenBack(name(agent)), () => void lend(agent, team));
}

async function done(deed: () => Promise<unknown>, said: string, undo: () => void): Promise<void> {
  try {
    await deed();
    toasts.say(said, undo);
  } catch (error) {
    toasts.say(why(error));
  }
}

function name(agent: string): string {
  return desk.state.agents[agent]?.name ?? "";
}

function place(team: string): string {
  return desk.state.teams[team]?.name ?? "";
}
