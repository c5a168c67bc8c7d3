/** What stands beside the open ticket: what it may be instead, known problems, the parts of a whole. */

import type { Id, Status, TicketRow } from "@shared/words";
import { get } from "./api";
import { desk } from "./desk.svelte";

export interface Match {
  service: Id;
  confidence: number;
  words: string[];
}

export interface Fitting {
  notice: { id: Id; title: Record<string, string>; text: Record<string, string>; expected_at: string | null };
  linked: boolean;
  told: boolean;
  same_service: boolean;
  word: string | null;
}

export interface Part {
  id: Id;
  number: string;
  subject: string;
  status: Status;
  service: Id;
  result: string | null;
}

interface Answer {
  others: Match[];
  notices: Fitting[];
  parts: Part[];
  /** Its whole and what it may belong to, as far as we may see them. */
  neighbours: TicketRow[];
}

class Beside {
  ticket = $state<Id | null>(null);
  others = $state.raw<readonly Match[]>([]);
  notices = $state.raw<readonly Fitting[]>([]);
  parts = $state.raw<readonly Part[]>([]);

  /** Ask for this ticket; what stands here of another one goes at once. Nothing is shown where it cannot be had. */
  async load(ticket: Id): Promise<void> {
    if (this.ticket !== ticket) {
      this.ticket = ticket;
      this.others = this.notices = this.parts = [];
    }
    const answer = await get<Answer>(`/tickets/${ticket}/matches`).catch(() => null);
    if (!answer || this.ticket !== ticket) return;
    this.others = answer.others;
    this.notices = answer.notices;
    this.parts = answer.parts;
    for (const row of answer.neighbours) desk.learnRow(row);
  }
}

export const beside = new Beside();
