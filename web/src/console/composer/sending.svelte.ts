/** One draft on its way out: what stops it once, what failed, and its files. */

import type { Attachment, Id, MessageItem, Status, TicketRow } from "@shared/words";
import { Refused, Unreachable, post, type MovedFact } from "../desk/api";
import { deeds, why } from "../desk/deeds.svelte";
import { desk } from "../desk/desk.svelte";
import { drafts, type Draft } from "../desk/drafts.svelte";
import { seen } from "../desk/seen.svelte";
import { asHeard } from "../files/checks";
import { mentioned } from "../thread/mentions";
import { tongue } from "../words/words.svelte";
import { unreadSince } from "./travel";

export interface Stop {
  /** What to read first; null where only the ticket's state changed. */
  message: MessageItem | null;
}

/** Which way, and when: at a time, or at once with some seconds to take it back. */
export interface How {
  channel: string | null;
  address: string | null;
  undo: number | null;
  at: string | null;
  /** An approved text instead of words. */
  template?: { id: string; values: readonly string[] } | null;
}

export class Sending {
  /** What was just sent, as the server keeps it. */
  sent = $state.raw<MessageItem | null>(null);
  busy = $state(false);
  problem = $state("");
  stop = $state.raw<Stop | null>(null);
  /** What it says and is not so any more. */
  outdated = $state.raw<readonly MovedFact[]>([]);
  files = $state.raw<readonly Attachment[]>([]);
  uploading = $state<string | null>(null);

  constructor(private readonly ticket: Id) {}

  /** What came since the writing began stops it once; then it goes if it is sent again. */
  async reply(draft: Draft, how: How, status: Status): Promise<boolean> {
    this.sent = null;
    const news = unreadSince(this.#items(), draft.seen, desk.state.me);
    if (news && !this.stop) {
      this.stop = { message: news };
      return false;
    }
    const answers = { ...(draft.answers?.length ? { answers: draft.answers } : {}), ...(draft.cites?.length ? { cites: draft.cites } : {}) };
    const body = {
      text: draft.text.trim(),
      ...(draft.macro && !how.template ? { macro: draft.macro } : { status }),
      ...answers,
      ...(how.channel ? { channel: how.channel } : {}),
      ...(this.files.length && !how.template ? { files: this.files.map((file) => file.id) } : {}),
      ...(how.template ? { text: "", template: how.template } : {}),
    };
    const asSeen = (): object => ({ seen_version: desk.state.tickets[this.ticket]?.version });
    if (draft.macro && !how.template) return this.#send(() => post<TicketRow>(`/tickets/${this.ticket}/macros`, { ...body, ...asSeen() }, draft.key), (row) => desk.learnRow(row));
    const when = how.at ? { at: how.at } : how.undo ? { undo: how.undo } : {};
    const whole = { ...body, ...(how.address ? { address: how.address } : {}), ...when };
    return this.#send(() => post<MessageItem>(`/tickets/${this.ticket}/replies`, { ...whole, ...asSeen() }, draft.key), (message) => {
      this.sent = message;
      learn(message);
    });
  }

  note(draft: Draft): Promise<boolean> {
    const text = draft.text.trim();
    const mentions = mentioned(text, Object.values(desk.state.agents));
    const body = { text, ...(mentions.length ? { mentions } : {}) };
    return this.#send(() => post<MessageItem>(`/tickets/${this.ticket}/notes`, body, draft.key), learn);
  }

  async attach(files: Iterable<File>): Promise<void> {
    for (const file of files) {
      this.uploading = file.name;
      this.problem = "";
      const form = new FormData();
      form.append("file", file, file.name);
      try {
        const kept = await post<Attachment>("/files", form);
        this.files = [...this.files, asHeard({ ...kept, inline: false })];
      } catch (error) {
        this.problem = tongue.t.composer.fileFailed(file.name, why(error));
      }
    }
    this.uploading = null;
  }

  /** Files of words that did not leave belong to the draft again. */
  again(files: readonly Attachment[]): void {
    this.files = files.filter((file) => !file.inline);
  }

  detach(id: Id): void {
    this.files = this.files.filter((file) => file.id !== id);
  }

  async #send<T>(ask: () => Promise<T>, show: (made: T) => void): Promise<boolean> {
    this.busy = true;
    this.problem = "";
    this.outdated = [];
    try {
      show(await deeds.inTurn(this.ticket, ask));
      drafts.drop(this.ticket);
      seen.look(this.ticket);
      this.files = [];
      this.stop = null;
      return true;
    } catch (error) {
      await this.#refused(error);
      return false;
    } finally {
      this.busy = false;
    }
  }

  async #refused(error: unknown): Promise<void> {
    if (error instanceof Refused && error.status === 409 && error.version !== null) {
      const before = desk.state.tickets[this.ticket]?.version ?? 0;
      await Promise.all([desk.refetch(this.ticket), desk.fetchTimeline(this.ticket)]).catch(() => undefined);
      this.stop = { message: unreadSince(this.#items(), before, desk.state.me) };
      return;
    }
    if (error instanceof Refused && error.facts.length) {
      this.outdated = error.facts;
      return;
    }
    const t = tongue.t.composer;
    this.problem = t.failed(error instanceof Unreachable ? t.noAnswer : why(error));
  }

  #items() {
    return desk.state.timelines[this.ticket] ?? [];
  }
}

function learn(message: MessageItem): void {
  desk.learnMessage({ ...message, html: Boolean(message.html) });
}
