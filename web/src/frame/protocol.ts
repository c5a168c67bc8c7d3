/** What the server and a visitor's page say to each other (`gateway/http/talks.py`, `gateway/told_visitors.py`). */

export type Texts = Readonly<Record<string, string>>;

export interface FileItem {
  name: string;
  type: string;
  size: number;
  /** Why it may not be opened. */
  check?: "checking" | "blocked" | null;
}

export interface Bubble {
  id: string;
  /** The id that this page gave its own words. */
  key: string | null;
  mine: boolean;
  name: string | null;
  text: string;
  at: string;
  order: number;
  state: string | null;
  /** It went to their mail or phone, too. */
  elsewhere: boolean;
  files: readonly FileItem[];
}

export interface News {
  position: number;
  whole: boolean;
  number: string | null;
  live: boolean;
  waits: boolean;
  solved: boolean;
  agent: string | null;
  place: number | null;
  /** The step of their wait, to be said with the next hello, and its minutes; `most` null: longer than that. */
  step: number | null;
  least: number | null;
  most: number | null;
  ends_at: string | null;
  /** They are asked how we did; `rated` is what they said so far. */
  asks: boolean;
  rated: number | null;
  messages: readonly Bubble[];
}

export interface Problem {
  field: string;
  /** In English; `code` says the same for a page that has words for it. */
  why: string;
  code?: string;
}

export interface Said {
  news?: News;
  taken?: { id: string; number: string };
  refused?: { id: string; why: string; errors: readonly Problem[] };
  later?: { id: string | null; after: number };
  sign?: { typing: boolean; seen?: string };
  still?: string;
  pong?: number;
}

export interface Utterance {
  id: string;
  text: string;
  language: string;
  name?: string;
  email?: string;
  phone?: string;
  service?: string;
  answers?: Readonly<Record<string, string>>;
}

export interface Hello {
  secret: string;
  after?: number;
  number?: string;
  /** Which step of waiting was said here last. */
  told?: number | null;
}

export interface Words {
  hello?: Hello;
  say?: Utterance;
  got?: readonly string[];
  read?: readonly string[];
  typing?: boolean;
  stay?: boolean;
  reach?: { email: string; phone: string };
  end?: boolean;
  rate?: { score: number; comment?: string };
  ping?: number;
}

export interface Now {
  open: boolean;
  staffed: boolean;
  opens: string | null;
  zone: string;
}

export interface About {
  title: Texts;
  services: readonly { slug: string; name: Texts }[];
  now: Now;
}

export type Asks = "text" | "long" | "email" | "phone" | "number" | "date" | "choice" | "yes" | "place";

export interface Question {
  key: string;
  kind: Asks;
  label: Texts;
  help: Texts;
  required: boolean;
  choices: readonly { value: string; label: Texts }[];
  only_if: { field: string; given: "one_of" | "answered" | "unanswered"; values: readonly string[] } | null;
}

export interface Form {
  slug: string;
  name: Texts;
  fields: readonly Question[];
  now: Now;
}
