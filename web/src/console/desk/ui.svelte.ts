/** What is open on the screen, and who can be asked to take the focus. */

export type Dialog = "palette" | "keys" | "transfer" | "merge" | "split" | "password" | null;

class Ui {
  dialog = $state<Dialog>(null);
  /** The customer's drawer, where the panel has no room. */
  customer = $state(false);
  /** Filled by the parts that can do it. */
  writes: ((tab: "reply" | "note") => void) | null = null;
  sends: ((status: "waiting" | "solved") => void) | null = null;
  insert: ((words: string) => void) | null = null;
  nextChannel: (() => void) | null = null;
  filters: (() => void) | null = null;
  focusList: (() => void) | null = null;
  goUnread: (() => void) | null = null;
}

export const ui = new Ui();
