/**
 * Keys. Single ones work only outside text fields and can be switched off; none is heard
 * while an input method composes. `mod` is Ctrl, on a Mac ⌘.
 */

const MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const SEQUENCE_WITHIN = 1200;

const SIGNS: Record<string, string> = { enter: "↵", arrowdown: "↓", arrowup: "↑", escape: "Esc", shift: "Shift", alt: "Alt" };

/** How keys are drawn on a cap: "mod+shift+enter" is "Ctrl Shift ↵". */
export function drawnKeys(keys: string): string {
  return keys
    .split(/[+ ]/)
    .map((part) => (part === "mod" ? (MAC ? "⌘" : "Ctrl") : (SIGNS[part] ?? part.toUpperCase())))
    .join(" ");
}

/** What was pressed, as bindings are written. */
export function pressed(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key.toLowerCase();
  const shifted = event.shiftKey && (event.key.length > 1 || /[a-z]/i.test(event.key));
  const parts = [event.ctrlKey || event.metaKey ? "mod" : "", event.altKey ? "alt" : "", shifted ? "shift" : "", key];
  return parts.filter(Boolean).join("+");
}

/** Whether the person is writing, so that letters are letters. */
export function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.tagName === "TEXTAREA" || target.tagName === "SELECT") return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "submit"].includes(target.type);
}

/** Whether keys work by themselves: no modifier, or only Shift with a letter. */
export function isSingle(keys: string): boolean {
  return !/mod|alt|^f\d|shift\+f\d/.test(keys);
}

/** Two keys after each other, such as G then I. */
export class Sequence {
  #first = "";
  #at = 0;

  /** The whole of what was pressed, with a first key that waits for its second. */
  with(keys: string, now: number): string {
    const whole = this.#first && now - this.#at < SEQUENCE_WITHIN ? `${this.#first} ${keys}` : keys;
    this.#first = "";
    return whole;
  }

  start(first: string, now: number): void {
    this.#first = first;
    this.#at = now;
  }
}
