/**
 * A form over something that others may change, too. What is typed is kept in this tab until
 * it is saved or thrown away: leaving the page, or loading it anew, loses nothing.
 */

import { tick } from "svelte";
import { Refused, put, type FieldProblem } from "../../desk/api";
import { why } from "../../desk/deeds.svelte";

export type Problems = Readonly<Record<string, string>>;

interface Stored<T> {
  value: T;
  was: T;
  version: number;
}

interface About<T> {
  key: string;
  path: string;
  /** What is wrong with it, field by field. */
  check: (value: T) => Problems;
  /** What the server found wrong, in our words. */
  said: (problem: FieldProblem) => string;
}

export class Kept<T extends object> {
  value = $state<T | null>(null);
  problems = $state.raw<Problems>({});
  state = $state<"quiet" | "saving" | "saved" | "failed">("quiet");
  trouble = $state("");
  /** What holds now, as the record has it. */
  now = $state.raw<{ value: T; version: number } | null>(null);
  #was = $state.raw<{ value: T; version: number } | null>(null);

  constructor(private readonly about: About<T>) {}

  get changed(): boolean {
    return this.value !== null && this.#was !== null && !same($state.snapshot(this.value), this.#was.value);
  }

  /** Somebody else changed it since this began, and not to what stands here. */
  get passed(): boolean {
    return this.now !== null && this.#was !== null && this.now.version !== this.#was.version && this.changed;
  }

  /** What holds now; what somebody is about to change stays as they have it. */
  stands(value: T, version: number): void {
    if (this.value !== null && this.now?.version === version) return;
    this.now = { value, version };
    if (this.value === null) this.#restore(value, version);
    else if (!this.changed || same($state.snapshot(this.value), value)) this.#begin(value, version);
  }

  touched(): void {
    this.state = "quiet";
    this.trouble = "";
    if (Object.keys(this.problems).length && this.value) this.problems = this.about.check($state.snapshot(this.value) as T);
    if (!this.changed || !this.value || !this.#was) return sessionStorage.removeItem(this.about.key);
    const stored: Stored<T> = { value: $state.snapshot(this.value) as T, was: this.#was.value, version: this.#was.version };
    sessionStorage.setItem(this.about.key, JSON.stringify(stored));
  }

  /** Mine over theirs: they have been read. */
  keepMine(): void {
    if (this.now) this.#was = this.now;
    this.touched();
  }

  discard(): void {
    if (this.now) this.#begin(this.now.value, this.now.version);
  }

  /** As its form is sent: what is wrong has the focus, the first of it. */
  async submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    if (await this.save()) return;
    await tick();
    form.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }

  /** Whether it was saved; what is wrong stands at its field. */
  async save(): Promise<boolean> {
    if (!this.value || !this.#was || this.state === "saving") return false;
    const value = $state.snapshot(this.value) as T;
    this.problems = this.about.check(value);
    if (Object.keys(this.problems).length) return false;
    this.state = "saving";
    try {
      const { version } = await put<{ version: number }>(this.about.path, { ...value, version: this.#was.version });
      this.now = { value, version };
      this.#begin(value, version);
      this.state = "saved";
      return true;
    } catch (error) {
      this.state = "failed";
      const found = error instanceof Refused ? error.problems : [];
      this.problems = Object.fromEntries(found.map((one) => [one.field, this.about.said(one)]));
      this.trouble = found.length ? "" : why(error);
      return false;
    }
  }

  #begin(value: T, version: number): void {
    this.#was = { value, version };
    this.value = structuredClone(value);
    this.problems = {};
    this.trouble = "";
    this.state = "quiet";
    sessionStorage.removeItem(this.about.key);
  }

  #restore(value: T, version: number): void {
    const kept = sessionStorage.getItem(this.about.key);
    if (!kept) return this.#begin(value, version);
    const stored = JSON.parse(kept) as Stored<T>;
    this.#was = { value: stored.was, version: stored.version };
    this.value = stored.value;
  }
}

/** Equal as JSON has it, whatever the order of names. */
function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, part]) => [name, sorted(part)]));
}
