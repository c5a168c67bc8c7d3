/** A known problem as the server tells it. */

import type { Id, Instant } from "@shared/words";

export interface Notice {
  id: Id;
  service: Id;
  place: Id | null;
  title: Record<string, string>;
  text: Record<string, string>;
  words: string[];
  acknowledgement: Record<string, string>;
  answer: Record<string, string>;
  state: "draft" | "open" | "closed";
  begins_at: Instant;
  ends_at: Instant | null;
  expected_at: Instant | null;
  reports: number;
  version: number;
}
