/** One way to ask the server, and one way for it to refuse. */

export interface FieldProblem {
  field: string;
  why: string;
  /** The same, where a screen has words for it. */
  code?: string;
}

/** A fact that words are about to say, and that is another one by now; `now` is empty where none is known. */
export interface MovedFact {
  answer: string;
  fact: string;
  was: string;
  now: string;
}

/** The server answered, and said no: `why` is fit to be shown beside the control. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly why: string,
    readonly problems: readonly FieldProblem[] = [],
    readonly version: number | null = null,
    readonly facts: readonly MovedFact[] = [],
    readonly code: string | null = null,
  ) {
    super(why);
  }
}

/** Nobody answered. */
export class Unreachable extends Error {}

interface Problem {
  title?: string;
  detail?: string;
  errors?: FieldProblem[];
  version?: number;
  facts?: MovedFact[];
  code?: string;
}

interface Ask {
  body?: unknown;
  key?: string | undefined;
  signal?: AbortSignal;
}

const ROOT = "/api/v1";

let csrf = "";
let offset = 0;
let whenSignedOut: () => void = () => {};

/** The token that every change from this browser carries. */
export function trust(token: string): void {
  csrf = token;
}

/** What to do when the server no longer knows us. */
export function onSignedOut(act: () => void): void {
  whenSignedOut = act;
}

/** Milliseconds since the epoch by the server's clock, to which all promises are made. */
export function serverNow(): number {
  return Date.now() + offset;
}

export const get = <T>(path: string): Promise<T> => ask<T>("GET", path);
export const put = <T>(path: string, body: unknown): Promise<T> => ask<T>("PUT", path, { body });
export const patch = <T>(path: string, body: unknown): Promise<T> => ask<T>("PATCH", path, { body });
export const remove = (path: string): Promise<void> => ask<void>("DELETE", path);

/** A change. The same `key` sent twice is one change. */
export const post = <T>(path: string, body: unknown = {}, key?: string): Promise<T> => ask<T>("POST", path, { body, key });

/** A question too long for an address. Whoever asks says when they do not want the answer any more. */
export const postWhile = <T>(signal: AbortSignal, path: string, body: unknown): Promise<T> => ask<T>("POST", path, { body, signal });

/** A change that is answered with a file. */
export async function postForFile(path: string, body: unknown = {}): Promise<Blob> {
  const response = await reach("POST", path, body, undefined);
  if (!response.ok) throw refusal(response.status, (await response.json().catch(() => ({}))) as Problem);
  return response.blob();
}

/** A change that tells how it goes, a line of JSON for each step. */
export async function postForLines<T>(path: string, hear: (line: T) => void): Promise<void> {
  const response = await reach("POST", path, {}, undefined, { accept: "application/x-ndjson" });
  if (!response.ok) throw refusal(response.status, (await response.json().catch(() => ({}))) as Problem);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    const lines = (rest + part.value).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) hear(JSON.parse(line) as T);
  }
}

/** An address under the API with its question, leaving out what is null. */
export function where(path: string, query: Record<string, string | number | null | undefined>): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  if (!pairs.length) return path;
  return `${path}?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)]))}`;
}

async function ask<T>(method: string, path: string, { body, key, signal }: Ask = {}): Promise<T> {
  const response = await reach(method, path, body, key, { signal: signal ?? null });
  watchClock(response);
  if (response.status === 204) return null as T;
  if (response.ok) return (await response.json()) as T;
  if (response.status === 401 && path !== "/session") whenSignedOut();
  throw refusal(response.status, (await response.json().catch(() => ({}))) as Problem);
}

async function reach(method: string, path: string, body: unknown, key: string | undefined, { accept = "application/json", signal = null }: { accept?: string; signal?: AbortSignal | null } = {}): Promise<Response> {
  const form = body instanceof FormData;
  const headers: Record<string, string> = { Accept: accept, "Accept-Language": document.documentElement.lang || "en" };
  if (method !== "GET") headers["X-CSRF-Token"] = csrf;
  if (method === "POST") headers["Idempotency-Key"] = key ?? crypto.randomUUID();
  if (body !== undefined && !form) headers["Content-Type"] = "application/json";
  const sent = body === undefined ? null : form ? body : JSON.stringify(body);
  try {
    return await fetch(ROOT + path, { method, headers, body: sent, credentials: "same-origin", signal });
  } catch {
    throw new Unreachable();
  }
}

function refusal(status: number, problem: Problem): Refused {
  const why = problem.detail ?? problem.errors?.[0]?.why ?? problem.title ?? String(status);
  return new Refused(status, why, problem.errors ?? [], problem.version ?? null, problem.facts ?? [], problem.code ?? null);
}

/** The Date header is whole seconds: only a real difference counts. */
function watchClock(response: Response): void {
  const date = Date.parse(response.headers.get("Date") ?? "");
  if (Number.isNaN(date)) return;
  const difference = date + 500 - Date.now();
  offset = Math.abs(difference) > 2000 ? difference : 0;
}
