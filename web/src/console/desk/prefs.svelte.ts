/** How this person wants to see it. Kept in this browser; nothing in it is about anybody. */

export type Theme = "system" | "light" | "dark" | "hc-light" | "hc-dark";
export type Density = "cosy" | "compact";
export type Language = "en" | "zh";

export const THEMES: readonly Theme[] = ["system", "light", "dark", "hc-light", "hc-dark"];
export const DENSITIES: readonly Density[] = ["cosy", "compact"];
export const LANGUAGES: readonly Language[] = ["en", "zh"];

const DARK = matchMedia("(prefers-color-scheme: dark)");
const CONTRAST = matchMedia("(prefers-contrast: more)");

class Prefs {
  theme = $state<Theme>(kept("theme", THEMES, "system"));
  density = $state<Density>(kept("density", DENSITIES, "cosy"));
  language = $state<Language>(kept("language", LANGUAGES, firstLanguage()));
  singleKeys = $state(kept("single-keys", ["on", "off"] as const, "on") === "on");

  constructor() {
    DARK.addEventListener("change", () => this.draw());
    CONTRAST.addEventListener("change", () => this.draw());
    this.draw();
  }

  choose(choice: { theme?: Theme; density?: Density; language?: Language; singleKeys?: boolean }): void {
    Object.assign(this, choice);
    localStorage.setItem("pref:theme", this.theme);
    localStorage.setItem("pref:density", this.density);
    localStorage.setItem("pref:language", this.language);
    localStorage.setItem("pref:single-keys", this.singleKeys ? "on" : "off");
    this.draw();
  }

  draw(): void {
    const root = document.documentElement;
    root.dataset.theme = this.theme === "system" ? systemTheme() : this.theme;
    root.dataset.density = this.density;
    root.lang = this.language === "zh" ? "zh-Hans" : "en";
  }
}

function systemTheme(): string {
  if (CONTRAST.matches) return DARK.matches ? "hc-dark" : "hc-light";
  return DARK.matches ? "dark" : "light";
}

function firstLanguage(): Language {
  return navigator.language.startsWith("zh") ? "zh" : "en";
}

function kept<T extends string>(name: string, allowed: readonly T[], otherwise: T): T {
  const value = localStorage.getItem(`pref:${name}`) as T | null;
  return value !== null && allowed.includes(value) ? value : otherwise;
}

export const prefs = new Prefs();
