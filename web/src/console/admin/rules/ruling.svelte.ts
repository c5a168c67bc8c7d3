/**
 * One kind of rule being edited: what is in force, what is drafted, what the draft would do.
 * A draft saves itself a moment after the last change; a preview follows each save.
 */

import type { Page } from "@shared/words";
import { get, post, Refused, remove } from "../../desk/api";
import { why } from "../../desk/deeds.svelte";
import { desk } from "../../desk/desk.svelte";
import { toasts } from "../../desk/toasts.svelte";
import { tongue } from "../../words/words.svelte";
import type { Edition, Job, Preview } from "./kinds";

interface Rule {
  id: string;
  name: string;
  version: number;
}

const SAVE_AFTER = 700;

export class Ruling<T extends Rule> {
  inForce = $state.raw<readonly T[] | null>(null);
  drafts = $state.raw<readonly Edition<T>[]>([]);
  history = $state.raw<readonly Edition<T>[]>([]);
  jobs = $state.raw<readonly Job[]>([]);
  failed = $state(false);
  chosen = $state<string | null>(null);
  value = $state<T | null>(null);
  preview = $state.raw<Preview | null>(null);
  problems = $state.raw<Readonly<Record<string, string>>>({});
  state = $state<"quiet" | "saving" | "saved" | "failed" | "stale" | "publishing">("quiet");
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  constructor(
    private readonly path: "/policies" | "/calendars",
    private readonly kind: "policy" | "calendar",
  ) {}

  /** The draft of what is chosen. */
  get draft(): Edition<T> | undefined {
    return this.drafts.find((one) => one.of === this.chosen);
  }

  /** What is in force, and behind it what is drafted for the first time. */
  get names(): { id: string; name: string; drafted: boolean; inForce: boolean }[] {
    const known = (this.inForce ?? []).map((one) => ({
      id: one.id,
      name: this.#drafted(one.id)?.value.name ?? one.name,
      drafted: Boolean(this.#drafted(one.id)),
      inForce: true,
    }));
    const first = this.drafts.filter((one) => !this.inForce?.some((other) => other.id === one.of));
    return [...known, ...first.map((one) => ({ id: one.of, name: one.value.name, drafted: true, inForce: false }))];
  }

  /** Load now and at every change elsewhere, until the page is left. */
  follow(): () => void {
    const hear = (what: string): void => {
      if (what === "rules" || what === "all") void this.load();
      if (what === "jobs" || what === "all") void this.#loadJobs();
    };
    desk.heard.add(hear);
    void this.load().then(() => this.chosen ?? this.choose(this.names[0]?.id ?? null));
    return () => {
      desk.heard.delete(hear);
      clearTimeout(this.#timer);
    };
  }

  async load(): Promise<void> {
    try {
      const [known, drafted] = await Promise.all([get<Page<T>>(this.path), get<Page<Edition<T>>>("/drafts")]);
      this.inForce = known.items;
      this.drafts = drafted.items.filter((one) => one.kind === this.kind);
      this.failed = false;
      await this.#loadJobs();
    } catch {
      this.failed = true;
    }
  }

  choose(id: string | null): void {
    if (this.#timer) void this.#save();
    this.chosen = id;
    this.problems = {};
    this.preview = null;
    this.state = "quiet";
    const found = this.draft?.value ?? this.inForce?.find((one) => one.id === id) ?? null;
    this.value = found ? structuredClone($state.snapshot(found) as T) : null;
    this.history = [];
    if (id) void this.#loadHistory(id);
    if (id) void this.look();
  }

  /** Something was changed: it is drafted in a moment. */
  touched(): void {
    clearTimeout(this.#timer);
    this.state = "saving";
    this.#timer = setTimeout(() => void this.#save(), SAVE_AFTER);
  }

  async add(fresh: Omit<T, "id" | "version">): Promise<void> {
    try {
      const made = await post<Edition<T>>(this.path, fresh);
      await this.load();
      this.choose(made.of);
    } catch (error) {
      toasts.say(why(error));
    }
  }

  /** What it would do now. */
  async look(): Promise<void> {
    if (!this.value) return;
    const asked = ++this.#asked;
    try {
      const found = await post<Preview>(`${this.path}/${this.value.id}/previews`, this.#body());
      if (asked === this.#asked) this.preview = found;
    } catch {
      if (asked === this.#asked) this.preview = null;
    }
  }

  async publish(): Promise<void> {
    const draft = this.draft;
    if (!draft) return;
    this.state = "publishing";
    try {
      const made = await post<{ edition: Edition<T> }>(`${this.path}/${draft.of}/publications`, { seen_version: draft.version });
      toasts.say(tongue.t.rules.published(made.edition.number));
      await this.load();
      this.choose(draft.of);
    } catch (error) {
      this.#refused(error);
      toasts.say(why(error));
    }
  }

  async discard(): Promise<void> {
    const of = this.draft?.of;
    if (!of) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      await remove(`${this.path}/${of}/drafts`);
      await this.load();
      this.choose(this.inForce?.some((one) => one.id === of) ? of : (this.names[0]?.id ?? null));
    } catch (error) {
      toasts.say(why(error));
    }
  }

  async back(to: number): Promise<void> {
    const of = this.chosen;
    if (!of) return;
    try {
      const made = await post<{ edition: Edition<T> }>(`${this.path}/${of}/rollbacks`, { to });
      toasts.say(tongue.t.rules.published(made.edition.number));
      await this.load();
      this.choose(of);
    } catch (error) {
      toasts.say(why(error));
    }
  }

  async #save(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const value = this.value;
    if (!value) return;
    const seen = this.#drafted(value.id)?.version;
    try {
      const body = { ...this.#body(), ...(seen ? { seen_version: seen } : {}) };
      const made = await post<Edition<T>>(`${this.path}/${value.id}/drafts`, body);
      this.drafts = [...this.drafts.filter((one) => one.of !== made.of), made];
      this.problems = {};
      this.state = "saved";
      await this.look();
    } catch (error) {
      this.#refused(error);
    }
  }

  #body(): Record<string, unknown> {
    const { id: _id, version: _version, open: _open, opens_at: _opens, ...body } = $state.snapshot(this.value) as unknown as Record<string, unknown>;
    return body;
  }

  #drafted(id: string): Edition<T> | undefined {
    return this.drafts.find((one) => one.of === id);
  }

  #refused(error: unknown): void {
    this.state = error instanceof Refused && error.version !== null ? "stale" : "failed";
    const found = error instanceof Refused ? error.problems : [];
    this.problems = Object.fromEntries(found.map((one) => [one.field, one.why]));
  }

  async #loadHistory(id: string): Promise<void> {
    try {
      const found = await get<Page<Edition<T>>>(`${this.path}/${id}/editions`);
      if (this.chosen === id) this.history = found.items.filter((one) => one.state === "published");
    } catch {
      this.history = [];
    }
  }

  async #loadJobs(): Promise<void> {
    this.jobs = (await get<Page<Job>>("/jobs")).items;
  }
}
