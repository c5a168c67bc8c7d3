/** What somebody searches: as it stands in the address, and as the server is asked. */

/** From and to (exclusive), in code points. */
export type Mark = readonly [number, number];

export interface Hit {
  kind: "ticket" | "message" | "customer" | "answer";
  id: string;
  ticket: string | null;
  number: string | null;
  subject: string;
  snippet: string;
  created_at: string;
  marks: { subject: readonly Mark[]; snippet: readonly Mark[] };
}

export const FILTERS = ["kind", "status", "queue", "service", "assignee", "channel", "since"] as const;
export type Filter = (typeof FILTERS)[number];

export type Asked = { q: string } & Partial<Record<Filter, string>>;

const DAY = 86_400_000;

/** Spans of time that can be chosen, in days. */
export const SPANS: Readonly<Record<string, number>> = { day: 1, week: 7, month: 30, year: 365 };

export function fromAddress(params: URLSearchParams): Asked {
  const chosen = FILTERS.flatMap((name) => (params.get(name) ? [[name, params.get(name)]] : []));
  return { q: params.get("q") ?? "", ...Object.fromEntries(chosen) };
}

export function toAddress(asked: Asked): string {
  const pairs = Object.entries(asked).filter(([, value]) => value);
  return `/search${pairs.length ? `?${new URLSearchParams(pairs)}` : ""}`;
}

/** The question to the server; a span becomes the time it began. */
export function toQuestion(asked: Asked, now: number): Record<string, string> {
  const { since, ...rest } = asked;
  const days = since ? SPANS[since] : undefined;
  return { ...rest, ...(days ? { since: new Date(now - days * DAY).toISOString() } : {}) };
}

/** A text cut at its marks. */
export function parts(text: string, marks: readonly Mark[]): { text: string; marked: boolean }[] {
  if (!marks.length) return [{ text, marked: false }];
  const signs = [...text];
  const found: { text: string; marked: boolean }[] = [];
  let at = 0;
  const add = (until: number, marked: boolean): void => {
    if (until > at) found.push({ text: signs.slice(at, until).join(""), marked });
    at = until;
  };
  for (const [begin, end] of marks) {
    add(begin, false);
    add(end, true);
  }
  add(signs.length, false);
  return found;
}
