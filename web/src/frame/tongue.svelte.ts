/** The visitor's language: their browser's, until they say otherwise. It is kept nowhere. */

import type { Problem, Texts } from "./protocol";
import { SAYINGS, type Language } from "./words";

class Tongue {
  language = $state<Language>(navigator.language.startsWith("zh") ? "zh" : "en");
  readonly t = $derived(SAYINGS[this.language]);

  switch(): void {
    this.language = this.language === "en" ? "zh" : "en";
  }

  pick(texts: Texts | undefined): string {
    return texts?.[this.language] ?? texts?.en ?? Object.values(texts ?? {})[0] ?? "";
  }

  /** What is wrong, in the visitor's language; the server's own words only where they are that. */
  wrong(problem: Problem): string {
    return this.t.troubles[problem.code ?? ""] ?? (this.language === "en" ? problem.why : this.t.failed);
  }

  time(at: string): string {
    return new Date(at).toLocaleTimeString(this.t.locale, { hour: "2-digit", minute: "2-digit" });
  }

  /** A day and time to come, as the visitor's clock has it. */
  when(at: string): string {
    return new Date(at).toLocaleString(this.t.locale, { weekday: "long", hour: "2-digit", minute: "2-digit" });
  }
}

export const tongue = new Tongue();
