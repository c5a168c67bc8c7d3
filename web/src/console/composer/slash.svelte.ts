/** The list that `/` opens at the beginning of a line: answers in the words of this door and person, and macros. */

import type { Id, Page } from "@shared/words";
import type { Macro, Suggested } from "../answers/library";
import { get, where } from "../desk/api";
import { desk } from "../desk/desk.svelte";
import { tongue } from "../words/words.svelte";
import { slashAt } from "./gaps";

export type Pick = { kind: "answer"; id: Id; title: string; one: Suggested } | { kind: "macro"; id: Id; title: string; one: Macro };

const MOST = 8;
const PAUSE = 160;

export class Slash {
  /** What was typed after it; null while the list is shut. */
  asked = $state<string | null>(null);
  at = $state(0);
  state = $state<"idle" | "loading" | "failed">("idle");
  /** Where the slash stands. */
  begin = 0;
  #answers = $state.raw<readonly Suggested[]>([]);
  #macros = $state.raw<readonly Macro[]>([]);
  #known = "";
  #shut = -1;
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly ticket: Id,
    private readonly channel: () => string | null,
    private readonly use: (pick: Pick, begin: number, end: number) => void,
  ) {}

  readonly picks: readonly Pick[] = $derived.by(() => {
    const words = (this.asked ?? "").trim().toLowerCase();
    const fits = (...texts: string[]): boolean => texts.join("\n").toLowerCase().includes(words);
    const answers = this.#answers
      .filter((one) => !words || this.#known.endsWith(`|${words}`) || fits(...Object.values(one.title), one.text))
      .map((one): Pick => ({ kind: "answer", id: one.answer, title: tongue.pick(one.title), one }));
    const macros = this.#macros
      .filter((one) => one.active && fits(...Object.values(one.name)))
      .map((one): Pick => ({ kind: "macro", id: one.id, title: tongue.pick(one.name), one }));
    return [...answers.slice(0, MOST - Math.min(2, macros.length)), ...macros.slice(0, MOST)].slice(0, MOST);
  });

  /** The text changed, or the cursor stands elsewhere. */
  typed(text: string, cursor: number): void {
    const found = slashAt(text, cursor);
    if (!found || found.begin === this.#shut) {
      if (!found) this.#shut = -1;
      this.asked = null;
      return;
    }
    this.begin = found.begin;
    this.asked = found.words;
    this.at = 0;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#load(found.words.trim().toLowerCase()), this.#known ? PAUSE : 0);
  }

  /** Whether this key was the list's. */
  key(event: KeyboardEvent, cursor: number): boolean {
    if (this.asked === null || event.ctrlKey || event.metaKey) return false;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") this.shut();
    else if (!this.picks.length) return false;
    else if (by) this.at = (this.at + by + this.picks.length) % this.picks.length;
    else if (event.key === "Enter" || event.key === "Tab") this.pick(this.picks[this.at], cursor);
    else return false;
    event.preventDefault();
    return true;
  }

  pick(one: Pick | undefined, cursor: number): void {
    if (!one) return;
    this.asked = null;
    this.use(one, this.begin, cursor);
  }

  /** Not again for this slash. */
  shut(): void {
    if (this.asked === null) return;
    this.#shut = this.begin;
    this.asked = null;
  }

  /** All there is for this ticket and door first; the words are asked for where none of those has them. */
  async #load(words: string): Promise<void> {
    const all = `${this.channel() ?? ""}|`;
    if (this.#known === all + words || (this.#known === all && this.picks.length)) return;
    const wanted = this.#known.startsWith(all) ? all + words : all;
    const mine = ++this.#turn;
    this.state = "loading";
    try {
      const query = { channel: this.channel(), q: wanted === all ? "" : words };
      const [answers, macros] = await Promise.all([
        get<Page<Suggested>>(where(`/tickets/${this.ticket}/answers`, query)),
        this.#macros.length ? null : get<Page<Macro>>("/macros"),
      ]);
      if (mine !== this.#turn) return;
      this.#answers = answers.items;
      if (macros) this.#macros = macros.items;
      this.#known = wanted;
      this.state = "idle";
      if (words && wanted === all && !this.picks.length) await this.#load(words);
    } catch {
      if (mine === this.#turn) this.state = "failed";
    }
  }
}

/** The words of a macro's answer on this ticket. */
export async function answerOf(ticket: Id, answer: Id, channel: string | null): Promise<Suggested | undefined> {
  return (await get<Page<Suggested>>(where(`/tickets/${ticket}/answers`, { answer, channel }))).items[0];
}

/** What a macro does beside answering, in words. */
export function does(macro: Macro): string {
  const t = tongue.t.library.macro;
  return [
    macro.status ? t.sets(tongue.t.status[macro.status].toLowerCase()) : "",
    macro.priority ? t.raises(tongue.t.priority[macro.priority].toLowerCase()) : "",
    macro.queue ? t.moves(tongue.named(desk.state.queues[macro.queue]) || "?") : "",
    macro.snooze ? t.sleeps(macro.snooze) : "",
  ]
    .filter(Boolean)
    .join(" · ");
}
