/** Answers and macros for the palette: said into the open reply, or looked at on their own pages. */

import type { Page } from "@shared/words";
import type { AnswerRow, Macro, Suggested } from "../answers/library";
import { does } from "../composer/slash.svelte";
import { get, where } from "../desk/api";
import { openTicket } from "../desk/commands";
import { router } from "../desk/router.svelte";
import { ui } from "../desk/ui.svelte";
import { tongue } from "../words/words.svelte";
import type { Found } from "./finding";

const MOST = 8;

export async function answersFromServer(words: string): Promise<Found[]> {
  const ticket = ui.says ? openTicket() : null;
  if (!ticket) return (await get<Page<AnswerRow>>(where("/answers", { q: words, state: "approved", limit: MOST }))).items.map(page);
  const [answers, macros] = await Promise.all([
    get<Page<Suggested>>(where(`/tickets/${ticket.id}/answers`, { q: words })),
    get<Page<Macro>>("/macros"),
  ]);
  const low = words.toLowerCase();
  const named = macros.items.filter((one) => one.active && Object.values(one.name).some((name) => name.toLowerCase().includes(low)));
  return [...answers.items.slice(0, MOST).map(said), ...named.map(run)];
}

function page(one: AnswerRow): Found {
  return { id: `answer ${one.id}`, group: "answers", icon: "book", label: tongue.pick(one.title), detail: tongue.t.library.used(one.used), run: () => router.go(`/answers/${one.id}`) };
}

function said(one: Suggested): Found {
  const title = tongue.pick(one.title);
  return { id: `answer ${one.answer}`, group: "answers", icon: "book", label: title, more: one.text.replace(/\s+/g, " ").slice(0, 80), run: () => ui.says?.({ kind: "answer", id: one.answer, title, one }) };
}

function run(one: Macro): Found {
  const title = tongue.pick(one.name);
  return { id: `macro ${one.id}`, group: "answers", icon: "zap", label: title, more: does(one), run: () => ui.says?.({ kind: "macro", id: one.id, title, one }) };
}
