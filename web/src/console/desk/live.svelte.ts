/** What I have now, and who is asked in by me or to me: asked for again whenever an event says so. */

import { isActive } from "@shared/views";
import type { Agent, Consult, Duty, Handback, Id, Page, Refusal, TicketRow, WorkItem } from "@shared/words";
import { get, post, put } from "./api";
import { deeds, why } from "./deeds.svelte";
import { desk } from "./desk.svelte";
import { router } from "./router.svelte";
import { toasts } from "./toasts.svelte";
import { tongue } from "../words/words.svelte";

class Live {
  works = $state.raw<readonly WorkItem[]>([]);
  #consults = $state.raw<readonly Consult[]>([]);

  /** Until the returned is called. */
  follow(): () => void {
    const work = desk.follow(["work"], () => void this.#askWork());
    const consults = desk.follow(["consults"], () => void this.#askConsults());
    return () => (work(), consults());
  }

  /** Those that still stand: who asked has the ticket yet. */
  get consults(): readonly Consult[] {
    return this.#consults.filter((one) => {
      const row = desk.state.tickets[one.ticket] ?? one.row;
      return row.assignee === one.asker && isActive(row);
    });
  }

  get wrapping(): WorkItem | undefined {
    return this.works.find((one) => one.state === "wrapping");
  }

  /** Whether somebody is on the line with me, or was until now. */
  get busy(): boolean {
    return this.works.some((one) => one.live || one.state === "wrapping");
  }

  async finishWrapUp(work: WorkItem): Promise<void> {
    this.works = this.works.filter((one) => one.id !== work.id);
    await this.#try(() => post(`/tickets/${work.ticket}/wrap-ups`));
    await this.#askWork();
  }

  /** Once for each; whether it was. */
  async extendWrapUp(ticket: Id): Promise<boolean> {
    const longer = await this.#try(() => post(`/tickets/${ticket}/wrap-up-extensions`));
    if (longer) toasts.announce(tongue.t.wrapUp.longer);
    return Boolean(longer);
  }

  /** Then a break; null: go on as now. */
  async next(duty: Duty | null): Promise<void> {
    const agent = await this.#try(() => put<Agent>("/agents/me/next-state", { duty }));
    if (agent) desk.learnAgent(agent);
  }

  async askIn(row: TicketRow, agent: Id, note: string): Promise<void> {
    await post(`/tickets/${row.id}/consults`, { agent, ...(note ? { note } : {}) });
    await this.#askConsults();
  }

  async join(consult: Consult): Promise<void> {
    if (!(await this.#try(() => post(`/consults/${consult.id}/joins`)))) return this.#askConsults();
    desk.learnRow(consult.row);
    router.open(consult.row.number, { trail: true });
    await this.#askConsults();
  }

  async leave(consult: Consult, reason: Refusal = "other"): Promise<void> {
    this.#consults = this.#consults.filter((one) => one.id !== consult.id);
    await this.#try(() => post(`/consults/${consult.id}/endings`, { reason }));
    await this.#askConsults();
  }

  /** Who joined has it from now on. */
  async takeOver(consult: Consult): Promise<void> {
    const row = await this.#try(() => post<TicketRow>(`/consults/${consult.id}/transfers`));
    if (row) {
      desk.learnRow(row);
      const t = tongue.t.consult;
      const name = desk.state.agents[consult.asked]?.name ?? "";
      toasts.say(consult.asked === desk.state.me ? t.took(row.number) : t.handed(row.number, name));
    }
    await this.#askConsults();
  }

  /** All at once, and off duty with it; undone, I am back with what nobody took meanwhile. Throws where it was refused. */
  async endShift(rows: readonly TicketRow[], to: { agent?: Id; queue?: Id; note?: string }): Promise<void> {
    const duty = desk.me.duty;
    if (!rows.length) return deeds.setDuty("offline");
    const given = await post<Page<TicketRow>>("/work/handovers", { tickets: rows.map((row) => row.id), ...to, then: "offline" });
    for (const row of given.items) desk.learnRow(row);
    const items = given.items.map((row) => ({ ticket: row.id, version: row.version }));
    toasts.say(tongue.t.shift.handed(rows.length), () => void this.#back(items, duty));
  }

  async #back(items: readonly { ticket: Id }[], duty: Duty): Promise<void> {
    await deeds.setDuty(duty);
    const back = await this.#try(() => post<Handback>("/work/handbacks", { items }));
    for (const row of back?.items ?? []) desk.learnRow(row);
    if (back) toasts.say(tongue.t.shift.back(back.items.length, items.length, back.full.length));
  }

  async #askWork(): Promise<void> {
    this.works = (await get<Page<WorkItem>>("/work").catch(() => ({ items: this.works }))).items;
  }

  async #askConsults(): Promise<void> {
    this.#consults = (await get<Page<Consult>>("/consults").catch(() => ({ items: this.#consults }))).items;
  }

  async #try<T>(ask: () => Promise<T>): Promise<T | null> {
    try {
      return await ask();
    } catch (error) {
      toasts.say(why(error));
      return null;
    }
  }
}

export const live = new Live();
