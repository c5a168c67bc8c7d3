/** The words on the screen, in this person's language. */

import { prefs, type Language } from "../desk/prefs.svelte";
import { en, type Words } from "./en";

const CATALOGUES: Record<Language, () => Promise<Words>> = {
  en: () => Promise.resolve(en),
  zh: () => import("./zh").then((module) => module.zh),
};

class Tongue {
  t = $state.raw<Words>(en);
  /** For dates and numbers. */
  locale = $state("en-GB");

  /** Called once at the start and whenever the language is switched. */
  async load(language: Language): Promise<void> {
    this.t = await CATALOGUES[language]();
    this.locale = language === "zh" ? "zh-CN" : "en-GB";
  }

  /** What a value says in this language, or in any that it has. */
  pick(texts: Record<string, string> | undefined): string {
    if (!texts) return "";
    return texts[prefs.language] ?? texts.en ?? Object.values(texts)[0] ?? "";
  }

  /** What something is called in this language, else by its own name. */
  named(one: { name: string; titles?: Record<string, string> } | undefined): string {
    return one?.titles?.[prefs.language] ?? one?.name ?? "";
  }
}

export const tongue = new Tongue();
