/** What is open on the screen, and who can be asked to take the focus. */

import type { Pick } from "../composer/slash.svelte";
import type { MessageItem, Offer } from "@shared/words";

export type Dialog = "palette" | "keys" | "transfer" | "merge" | "split" | "confide" | "spam" | "password" | "decline" | "shift" | "notify" | "phone" | "dial" | "transfer-call" | null;

/** What keys can do with the call that goes on. */
export interface CallKeys {
  mute: () => void;
  hold: () => void;
  end: () => void;
  goTo: () => void;
  isOn: () => boolean;
}

class Ui {
  dialog = $state<Dialog>(null);
  /** What was typed for a dialog that is still being fetched; it takes the words when it opens. */
  ahead = "";
  /** The customer's drawer, where the panel has no room. */
  customer = $state(false);
  /** Filled by the parts that can do it. */
  writes: ((tab: "reply" | "note") => void) | null = null;
  sends: ((status: "waiting" | "solved") => void) | null = null;
  insert: ((words: string) => void) | null = null;
  /** Words that will not leave after all go back into the reply box. */
  restore: ((message: MessageItem) => void) | null = null;
  /** Takes the last answer back; there only while it can be. */
  takeBack: (() => void) | null = null;
  nextChannel: (() => void) | null = null;
  /** An answer or a macro of the library goes into the reply. */
  says: ((pick: Pick) => void) | null = null;
  filters: (() => void) | null = null;
  focusList: (() => void) | null = null;
  goUnread: (() => void) | null = null;
  /** A part is not answered: what it came to is said to the owner of the whole. */
  finishPart: (() => void) | null = null;
  /** Its field comes a moment after the ticket: whoever is quick waits for it, and writes no note instead. */
  outcomeWished = false;

  tellOutcome(): void {
    this.outcomeWished = this.finishPart === null;
    this.finishPart?.();
  }

  /** Which offer is being declined in words. */
  declining = $state.raw<Offer | null>(null);

  declineInWords(offer: Offer): void {
    this.declining = offer;
    this.dialog = "decline";
  }

  /** Filled by the call bar, where there is a telephone. */
  call: CallKeys | null = null;
  /** A colleague asks me into a call. */
  asked: { accept: () => void; decline: () => void } | null = null;

  takeAhead(): string {
    const words = this.ahead;
    this.ahead = "";
    return words;
  }
}

export const ui = new Ui();
