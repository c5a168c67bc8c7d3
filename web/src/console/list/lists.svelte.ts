/** The list on the screen: which view, in which order, and what is held back while it is read. */

import { inView, isLate, tally, type Sort, type Standpoint, type View } from "@shared/views";
import type { Id, TicketRow } from "@shared/words";
import { clock } from "../desk/clock.svelte";
import { deeds } from "../desk/deeds.svelte";
import { desk } from "../desk/desk.svelte";
import { drafts } from "../desk/drafts.svelte";
import { router } from "../desk/router.svelte";
import { titleOf } from "../desk/titles";
import { tongue } from "../words/words.svelte";
import { hold, type Held } from "./hold";

const PLAIN = ["inbox", "live", "snoozed", "drafts", "due", "unassigned", "waiting", "solved"] as const;

class Lists {
  sort = $state<Sort>("due");
  words = $state("");
  /** A pointer in the list, a row with focus or an open menu: somebody reads. */
  reading = $state(false);
  #standing = $state.raw<readonly Id[]>([]);
  #drawn = new Map<Id, TicketRow>();

  /** As text, so that news about queues does not look like another view. */
  #viewKey = $derived.by(() => {
    const place = router.place;
    if (place.page !== "list") return "inbox";
    if (place.view !== "queue") return PLAIN.find((one) => one === place.view) ?? "inbox";
    const queue = Object.values(desk.state.queues).find((one) => one.slug === place.slug);
    return queue ? `queue ${queue.id}` : "inbox";
  });

  view = $derived.by<View>(() => {
    const [kind, queue] = this.#viewKey.split(" ");
    return queue ? { kind: "queue", queue } : { kind: kind as (typeof PLAIN)[number] };
  });

  standpoint = $derived<Standpoint>({
    me: desk.state.me,
    now: clock.coarse,
    drafts: new Set(drafts.all.keys()),
  });

  /** Every row we know, as this agent left it. */
  rows = $derived(Object.values(desk.state.tickets).map((row) => deeds.hoped(row)));

  fresh = $derived.by(() => {
    const rows = inView(this.rows, this.view, this.standpoint, this.sort);
    const words = this.words.trim().toLowerCase();
    return words ? rows.filter((row) => matches(row, words)) : rows;
  });

  held = $derived<Held>(
    hold(
      this.#standing,
      this.fresh.map((row) => row.id),
      this.reading && desk.filled,
    ),
  );

  title = $derived.by(() => viewTitle(this.view));

  get summary(): string {
    const late = this.fresh.filter((row) => isLate(row, clock.coarse)).length;
    return tongue.t.list.summary(this.fresh.length, this.held.waiting.length, late);
  }

  row(id: Id): TicketRow | undefined {
    const row = desk.state.tickets[id];
    return row ? deeds.hoped(row) : this.#drawn.get(id);
  }

  /** What stands becomes what is true; called when nobody reads, on another view and by `.`. */
  settle(): void {
    this.#standing = this.fresh.map((row) => row.id);
    this.#drawn = new Map(this.fresh.map((row) => [row.id, row]));
  }

  /** What a page brought is no news: it stands behind what stands, and nothing moves. */
  append(ids: readonly Id[]): void {
    this.#standing = [...this.#standing, ...ids];
    for (const row of this.fresh) if (ids.includes(row.id)) this.#drawn.set(row.id, row);
  }

  count(view: View): { count: number; late: boolean } {
    return tally(this.rows, view, this.standpoint);
  }
}

export function viewTitle(view: View): string {
  if (view.kind === "queue") return tongue.named(desk.state.queues[view.queue]);
  return tongue.t.nav[view.kind];
}

/** What to ask the server for, where not everything is here. */
export function viewQuery(view: View, me: Id): Record<string, string> | null {
  const active = "new,open,waiting,on_hold";
  switch (view.kind) {
    case "queue":
      return { queue: view.queue, status: active, sort: "due" };
    case "unassigned":
      return { assignee: "none", status: active, sort: "due" };
    case "waiting":
      return { status: "waiting", sort: "-updated_at" };
    case "solved":
      return { assignee: me, status: "solved,closed", sort: "-updated_at" };
    case "due":
      return { status: active, sort: "due" };
    case "inbox":
    case "snoozed":
      return { assignee: me, status: active, sort: "due" };
    default:
      return null;
  }
}

function matches(row: TicketRow, words: string): boolean {
  return [titleOf(row), row.customer_name, row.number, row.snippet].some((text) => text.toLowerCase().includes(words));
}

export const lists = new Lists();
