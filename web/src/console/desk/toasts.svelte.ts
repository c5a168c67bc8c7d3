/** What is said once: to the eye for a few seconds, and to a screen reader. */

export interface Toast {
  id: number;
  text: string;
  undo: (() => void) | null;
  /** What else can be done about it: its words, and the deed. */
  more?: { label: string; act: () => void };
}

const SHOWN = 6000;

class Toasts {
  all = $state.raw<readonly Toast[]>([]);
  /** Read out when convenient. */
  polite = $state("");
  /** Read out at once. */
  urgent = $state("");
  #next = 1;

  say(text: string, undo: (() => void) | null = null): void {
    const toast = { id: this.#next++, text, undo };
    this.all = [...this.all.slice(-2), toast];
    this.polite = text;
    setTimeout(() => this.drop(toast.id), SHOWN);
  }

  /** Said with something that may be done about it. */
  offer(text: string, label: string, act: () => void): void {
    this.say(text);
    this.all = this.all.map((toast, at) => (at === this.all.length - 1 ? { ...toast, more: { label, act } } : toast));
  }

  announce(text: string): void {
    this.polite = text;
  }

  interrupt(text: string): void {
    this.urgent = text;
  }

  drop(id: number): void {
    this.all = this.all.filter((toast) => toast.id !== id);
  }

  /** The last thing done, undone. */
  undo(): void {
    const last = this.all.findLast((toast) => toast.undo);
    if (!last) return;
    last.undo?.();
    this.drop(last.id);
  }
}

export const toasts = new Toasts();
