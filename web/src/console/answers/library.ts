/** Answers and macros as the API tells of them. */

import type { Id, Instant, Priority, Status } from "@shared/words";

export type Texts = Record<string, string>;
export type Manner = "mail" | "short" | "talk" | "speech" | "paper" | "page";
export type AnswerState = "draft" | "approved" | "retired";

export const TONGUES = ["en", "zh"] as const;
export const MANNERS: readonly Manner[] = ["mail", "short", "talk", "speech", "paper", "page"];

export interface AnswerRow {
  id: Id;
  slug: string;
  service: Id;
  title: Texts;
  state: AnswerState;
  public: boolean;
  owner: Id | null;
  languages: string[];
  behind: number;
  due: boolean;
  stands: boolean;
  review_at: Instant | null;
  expires_at: Instant | null;
  approved_by: Id | null;
  approved_at: Instant | null;
  updated_at: Instant;
  edition: number;
  used: number;
  helpful: number;
  unhelpful: number;
  version: number;
}

export interface Rendering {
  manner: Manner;
  language: string;
  text: string;
  template: string;
  by_hand: boolean;
  behind: string[];
  segments: number | null;
}

export interface Fact {
  name: string;
  texts: Texts;
  of: "service" | "answer" | "house";
}

export interface Wording {
  title: Texts;
  text: Texts;
  brief: Texts;
  facts: Record<string, Texts>;
  renderings: Rendering[];
}

export interface Edition {
  number: number;
  made_by: Id | null;
  made_at: Instant;
  published_by: Id | null;
  published_at: Instant | null;
  back_to: number | null;
  version: number;
}

export interface Answer extends AnswerRow {
  facts: Fact[];
  wording: Wording;
  draft: (Edition & { wording: Wording }) | null;
  editions: Edition[];
}

export interface Suggested {
  answer: Id;
  title: Texts;
  service: Id;
  edition: number;
  manner: Manner;
  language: string;
  text: string;
  gaps: string[];
  /** The facts that the text says. */
  facts: Record<string, string>;
  segments: number | null;
  used: number;
}

export interface Macro {
  id: Id;
  name: Texts;
  answer: Id | null;
  status: Status | null;
  reason: string | null;
  priority: Priority | null;
  queue: Id | null;
  snooze: number | null;
  active: boolean;
  version: number;
}

/** More segments than this are dear, and seldom read. */
export const MOST_SEGMENTS = 3;
