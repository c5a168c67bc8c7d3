/** What this page knows of its conversation; each message once, by its id, whatever was said twice. */

import { SvelteMap } from "svelte/reactivity";
import { Line } from "./line";
import type { Bubble, Hello, News, Problem, Said, Utterance, Words } from "./protocol";

const inbox = location.pathname.split("/")[2] ?? "";
export const base = `${location.origin}/w/${inbox}`;
const KEPT = `onestop-visitor-${inbox}`;
const TYPING_EVERY = 3000;
const TYPING_LASTS = 12_000;

export interface Waiting {
  said: Utterance;
  files: readonly File[];
  state: "sending" | "failed";
  problems: readonly Problem[];
}

export interface Joined {
  name: string;
  at: string;
  /** The last bubble before. */
  after: string;
}

class Talk {
  readonly #bubbles = new SvelteMap<string, Bubble>();
  readonly waiting = new SvelteMap<string, Waiting>();
  news = $state.raw<News | null>(null);
  up = $state(true);
  typing = $state(false);
  seen = $state("");
  joined = $state.raw<Joined | null>(null);
  /** When the talk ends unless they say that they are still there. */
  still = $state("");
  problems = $state.raw<readonly Problem[]>([]);
  open = $state(true);
  #unsaid: Words = {};
  readonly secret = secretOf();
  readonly #line = new Line(base, { hello: () => this.#hello(), heard: (said) => this.#heard(said), up: (up) => this.#up(up) });
  #typed = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  start(): void {
    this.#line.open();
    document.addEventListener("visibilitychange", () => this.#tellRead());
  }

  get bubbles(): Bubble[] {
    return [...this.#bubbles.values()].sort((a, b) => a.order - b.order || (a.id < b.id ? -1 : 1));
  }

  get unread(): number {
    return this.bubbles.filter((one) => !one.mine && one.state !== "read").length;
  }

  get has(): boolean {
    return this.#bubbles.size + this.waiting.size > 0;
  }

  say(said: Omit<Utterance, "id">, files: readonly File[] = []): string {
    const id = freshId();
    this.waiting.set(id, { said: { ...said, id }, files, state: "sending", problems: [] });
    this.#send(id);
    return id;
  }

  again(id: string): void {
    const one = this.waiting.get(id);
    if (!one) return;
    this.waiting.set(id, { ...one, state: "sending", problems: [] });
    this.#send(id);
  }

  drop(id: string): void {
    this.waiting.delete(id);
  }

  typed(): void {
    if (Date.now() - this.#typed < TYPING_EVERY || !this.#bubbles.size) return;
    this.#typed = Date.now();
    this.#line.say({ typing: true });
  }

  stay(): void {
    this.still = "";
    this.#tell({ stay: true });
  }

  /** Said at once where a talk is going on; else it goes with the first words. */
  reach(email: string, phone: string): void {
    if (this.news?.number) this.#tell({ reach: { email, phone } });
  }

  end(): void {
    this.#tell({ end: true });
  }

  /** Whoever sits here next is another visitor: the secret is gone, and nobody else ever had it. */
  forget(): void {
    try {
      localStorage.removeItem(KEPT);
    } catch {
      // nothing was kept
    }
    location.reload();
  }

  rate(score: number, comment = ""): void {
    this.#tell({ rate: comment ? { score, comment } : { score } });
  }

  show(open: boolean): void {
    this.open = open;
    this.#tellRead();
  }

  #send(id: string): void {
    const one = this.waiting.get(id);
    if (!one) return;
    if (one.files.length) void this.#line.ask({ say: one.said }, one.files).then((done) => done || this.#failed(id, []));
    else this.#line.say({ say: one.said });
  }

  /** What is said while the line is down is said when it is up again. */
  #tell(words: Words): void {
    if (!this.#line.say(words)) this.#unsaid = { ...this.#unsaid, ...words };
  }

  #failed(id: string, problems: readonly Problem[]): void {
    const one = this.waiting.get(id);
    if (one) this.waiting.set(id, { ...one, state: "failed", problems });
  }

  #up(up: boolean): void {
    this.up = up;
    if (!up) return;
    for (const [id, one] of this.waiting) if (one.state === "sending") this.#send(id);
    const unsaid = this.#unsaid;
    this.#unsaid = {};
    if (Object.keys(unsaid).length) this.#tell(unsaid);
  }

  #hello(): Hello {
    const news = this.news;
    return { secret: this.secret, ...(news?.number ? { after: news.position, number: news.number, told: news.step } : {}) };
  }

  #heard(said: Said): void {
    if (said.taken) this.problems = [];
    if (said.refused) {
      const { id, why, errors } = said.refused;
      this.problems = errors.filter((one) => !one.code?.startsWith("file"));
      this.#failed(id, errors.length ? errors : [{ field: "", why }]);
    }
    if (said.later?.id) {
      const id = said.later.id;
      setTimeout(() => this.#send(id), said.later.after * 1000);
    }
    if (said.still) this.still = said.still;
    if (said.sign) this.#sign(said.sign);
    if (said.news) this.#apply(said.news);
  }

  #apply(news: News): void {
    if (news.whole) this.#bubbles.clear();
    const after = this.bubbles.at(-1)?.id ?? "";
    for (const one of news.messages) {
      this.#bubbles.set(one.id, one);
      if (one.key) this.waiting.delete(one.key);
      if (!one.mine) this.typing = false;
    }
    if (news.agent && news.live && this.news && !news.whole && this.news.agent !== news.agent) this.joined = { name: news.agent, at: new Date().toISOString(), after };
    this.news = news;
    if (this.still && news.ends_at !== this.still) this.still = "";
    const fresh = news.messages.filter((one) => !one.mine && one.state === "sent").map((one) => one.id);
    if (fresh.length) this.#line.say({ got: fresh });
    this.#tellRead();
    this.#tellParent();
  }

  #sign(sign: { typing: boolean; seen?: string }): void {
    this.typing = sign.typing;
    clearTimeout(this.#timer);
    if (sign.typing) this.#timer = setTimeout(() => (this.typing = false), TYPING_LASTS);
    if (sign.seen) this.seen = sign.seen;
  }

  #tellRead(): void {
    if (!this.open || document.hidden) return;
    const read = this.bubbles.filter((one) => !one.mine && (one.state === "sent" || one.state === "delivered")).map((one) => one.id);
    if (read.length) this.#line.say({ read: read.slice(-50) });
  }

  #tellParent(): void {
    tellParent({ onestop: "unread", count: this.unread });
  }
}

/** Only to the site that says it is around us; a page that is not there hears nothing. */
export function tellParent(words: object): void {
  const host = new URLSearchParams(location.search).get("host");
  if (host && parent !== window) parent.postMessage(words, host);
}

/** 256 bits that only this browser has: all that is kept here. Where nothing can be kept, it lasts as long as the page. */
function secretOf(): string {
  const fresh = encoded(32);
  try {
    const kept = localStorage.getItem(KEPT);
    if (kept) return kept;
    localStorage.setItem(KEPT, fresh);
  } catch {
    // private windows, and browsers that keep nothing in frames
  }
  return fresh;
}

function freshId(): string {
  return encoded(18);
}

function encoded(bytes: number): string {
  const chance = crypto.getRandomValues(new Uint8Array(bytes));
  return btoa(String.fromCharCode(...chance)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
}

export const talk = new Talk();
