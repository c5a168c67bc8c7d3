/** The catalogue on the shelf: what is shown, what is being written, and the way from one to the other. */

import type { Id, Instant } from "@shared/words";
import { get, post, put, remove } from "../desk/api";
import { why } from "../desk/deeds.svelte";
import { desk } from "../desk/desk.svelte";

export type Texts = Record<string, string>;

/** A question is asked only if an earlier one was answered so; the rule is `crm_core/rules/forms.py`. */
export interface Condition {
  field: string;
  given: "one_of" | "answered" | "unanswered";
  values: string[];
}

export interface Question {
  key: string;
  kind: string;
  label: Texts;
  help: Texts;
  required: boolean;
  choices: Texts[];
  page: number;
  only_if: Condition | null;
}

export interface Service {
  id: Id;
  slug: string;
  name: Texts;
  about: Texts;
  synonyms: Record<string, string[]>;
  unit: Id;
  queue: Id;
  policy: Id;
  skills: Record<string, number>;
  fields: Question[];
  facts: Record<string, Texts>;
  active: boolean;
  life_events: Id[];
  hours: Id | null;
  steps: Texts[];
  pages: Texts[];
  publicity: "private" | "place" | "words";
  confirm: boolean;
  /** Whether people are asked how they were served. */
  asked: boolean;
  order: number;
  version: number;
}

export interface Edition {
  number: number;
  state: string;
  by: Id | null;
  at: Instant;
  note: string;
  version: number;
}

export interface Difference {
  part: string;
  before: unknown;
  after: unknown;
}

export interface Entry {
  service: Service;
  draft: (Edition & { content: Service }) | null;
  differences: Difference[];
  missing: string[];
  editions: Edition[];
}

export interface Named {
  id: Id;
  name: string;
}

interface Answer {
  items: Entry[];
  life_events: { id: Id; name: Texts }[];
  calendars: Named[];
  policies: Named[];
}

const PAUSE = 1000;

class Shelf {
  items = $state.raw<readonly Entry[] | null>(null);
  events = $state.raw<readonly { id: Id; name: Texts }[]>([]);
  calendars = $state.raw<readonly Named[]>([]);
  policies = $state.raw<readonly Named[]>([]);
  failed = $state(false);
  /** The open service with its editions, and its words as they stand on the screen. */
  entry = $state.raw<Entry | null>(null);
  content = $state<Service | null>(null);
  state = $state<"idle" | "saving" | "saved" | "failed">("idle");
  trouble = $state("");

  #timer: ReturnType<typeof setTimeout> | undefined;
  #touches = 0;
  #saving: Promise<void> = Promise.resolve();
  /** The version of each draft as we last saw it. */
  readonly #drafts = new Map<Id, number>();

  async load(): Promise<void> {
    try {
      const answer = await get<Answer>("/catalogue");
      this.items = answer.items;
      this.events = answer.life_events;
      this.calendars = answer.calendars;
      this.policies = answer.policies;
      this.failed = false;
    } catch {
      this.failed = true;
    }
  }

  follow(): () => void {
    return desk.follow(["catalogue"], () => void this.load());
  }

  async open(id: Id): Promise<void> {
    await this.flush();
    this.#take(await get<Entry>(`/catalogue/${id}`));
    this.state = "idle";
  }

  shut(): void {
    void this.flush();
    this.entry = null;
    this.content = null;
  }

  /** Something was written: it saves itself after a pause. */
  touched(): void {
    clearTimeout(this.#timer);
    this.#touches += 1;
    this.state = "saving";
    this.#timer = setTimeout(() => void this.save(), PAUSE);
  }

  async flush(): Promise<void> {
    if (this.state !== "saving") return;
    clearTimeout(this.#timer);
    await this.save();
  }

  /** What stands on the screen now; one after the other, since each says which draft it has seen: the one before. */
  save(): Promise<void> {
    if (this.content) {
      const written = $state.snapshot(this.content) as Service;
      const touches = this.#touches;
      this.#saving = this.#saving.then(() => this.#save(written, touches));
    }
    return this.#saving;
  }

  async #save({ id, slug: _slug, unit: _unit, order: _order, version: _version, ...body }: Service, touches: number): Promise<void> {
    try {
      const seen = this.#drafts.get(id);
      const saved = await put<Entry>(`/catalogue/${id}/draft`, seen === undefined ? body : { ...body, seen_version: seen });
      this.#learn(saved);
      if (this.entry?.service.id === id) this.entry = saved;
      if (touches === this.#touches) this.state = "saved";
      this.trouble = "";
    } catch (error) {
      this.state = "failed";
      this.trouble = why(error);
    }
  }

  /** Raises what the server says against it; so does `discard`. */
  async publish(note: string): Promise<void> {
    await this.flush();
    await this.#then((id) => post(`/catalogue/${id}/publications`, { note }));
  }

  discard(): Promise<void> {
    clearTimeout(this.#timer);
    return this.#then((id) => remove(`/catalogue/${id}/draft`));
  }

  async back(edition: number): Promise<void> {
    try {
      await this.#then((id) => post(`/catalogue/${id}/rollbacks`, { edition }));
    } catch (error) {
      this.trouble = why(error);
    }
  }

  async #then(act: (id: Id) => Promise<unknown>): Promise<void> {
    const id = this.entry?.service.id;
    if (!id) return;
    await act(id);
    this.#take(await get<Entry>(`/catalogue/${id}`));
    this.state = "idle";
    this.trouble = "";
    void this.load();
  }

  #learn({ service, draft }: Entry): void {
    if (draft) this.#drafts.set(service.id, draft.version);
    else this.#drafts.delete(service.id);
  }

  #take(entry: Entry): void {
    this.#learn(entry);
    this.entry = entry;
    this.content = structuredClone(entry.draft?.content ?? entry.service);
  }
}

export const shelf = new Shelf();

/** What a text says in the reader's language or another; empty texts say nothing. */
export const TONGUES = ["en", "zh"] as const;
