/**
 * Being told while away from the screen, by the browser's own notifications. Asked for by a
 * button, never at load. What is wished for holds in all browsers of this person; the permission
 * is this one's. What a citizen wrote or is called stands in them only where this person said so:
 * a notification lies on locked screens.
 */

import type { State } from "@shared/reducer";
import type { EventFrame, Offer, TicketRow } from "@shared/words";
import { tongue } from "../words/words.svelte";
import { shownName } from "../words/names";
import { get } from "./api";
import { desk } from "./desk.svelte";
import { NEWS, newsOf, type News } from "./news";
import { router } from "./router.svelte";
import { titleOf } from "./titles";

const KEY = "pref:notify";

interface Wishes {
  kinds: readonly News[];
  words: boolean;
}

class Notify {
  wishes = $state.raw<Wishes>(kept());
  /** As the browser says; `unsupported` where it has none. */
  permission = $state<NotificationPermission | "unsupported">("Notification" in window ? Notification.permission : "unsupported");

  get on(): boolean {
    return this.permission === "granted" && this.wishes.kinds.length > 0;
  }

  /** Only ever by somebody's own press. */
  async ask(): Promise<void> {
    if (this.permission !== "unsupported") this.permission = await Notification.requestPermission();
  }

  choose(wishes: Wishes): void {
    this.wishes = wishes;
    localStorage.setItem(KEY, JSON.stringify(wishes));
  }

  /** Until the returned is called. */
  follow(): () => void {
    void get<{ browser: News[]; words: boolean }>("/agents/me/wishes").then(({ browser, words }) => this.choose({ kinds: browser, words }), () => undefined);
    const hear = (event: EventFrame, before: State): void => this.#hear(event, before);
    desk.told.add(hear);
    return () => desk.told.delete(hear);
  }

  #hear(event: EventFrame, before: State): void {
    if (event.type === "wishes.changed") return this.choose({ kinds: event.facts.browser as News[], words: event.facts.words === true });
    if (!this.on || !document.hidden) return;
    const found = newsOf(event, before);
    if (found && this.wishes.kinds.includes(found.news)) this.#show(found.news, found.row, event);
  }

  #show(news: News, row: TicketRow, event: EventFrame): void {
    const t = tongue.t.notify;
    const queue = tongue.named(desk.state.queues[row.queue]);
    const body = this.wishes.words ? `${shownName(row.customer_name)}: ${titleOf(row)}` : t.about(row.number, queue);
    const shown = new Notification(t.titles[news], { body, tag: `${news}:${row.id}`, lang: document.documentElement.lang, requireInteraction: news === "offers" });
    shown.onclick = () => {
      window.focus();
      router.open(row.number);
      shown.close();
    };
    if (news === "offers") this.#closeWith(shown, event.facts.offer as Offer);
  }

  /** An offer that is over must not lie there to be pressed. */
  #closeWith(shown: Notification, offer: Offer): void {
    setTimeout(() => shown.close(), Math.max(0, Date.parse(offer.expires_at) - Date.now()));
  }
}

function kept(): Wishes {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "") as Partial<Wishes>;
    return { kinds: NEWS.filter((one) => found.kinds?.includes(one)), words: found.words === true };
  } catch {
    return { kinds: NEWS, words: false };
  }
}

export const notify = new Notify();
