/** What the virus scanner says of a file, in words, and as it is heard of for one that waits to be sent. */

import type { Attachment } from "@shared/words";
import { desk } from "../desk/desk.svelte";
import { tongue } from "../words/words.svelte";

export function foundWords(found: string | null | undefined): string {
  const t = tongue.t.checks;
  if (found === "too-large") return t.tooLarge;
  return found ? t.found(found) : t.something;
}

/** The files as they stand after this was told (`upload:ID:check:found`); the same ones where it is about none of them. */
export function withChecked<T extends Attachment>(files: readonly T[], what: string): readonly T[] {
  const [about, id, check, ...found] = what.split(":");
  if (about !== "upload" || !files.some((file) => file.id === id)) return files;
  return files.map((file) => (file.id === id ? { ...file, check: (check || null) as Attachment["check"], found: found.join(":") || null } : file));
}

/** What was heard of uploads: the scanner may be faster than the answer to the upload. */
const heard = new Map<string, string>();
desk.heard.add((what) => {
  if (what.startsWith("upload:")) heard.set(what.split(":")[1] ?? "", what);
});

/** A file that was just uploaded, with what was heard of it meanwhile. */
export function asHeard<T extends Attachment>(file: T): T {
  return withChecked([file], heard.get(file.id) ?? "")[0] ?? file;
}

/** Hear of uploads until the returned is called. */
export function followUploads(change: (apply: (files: readonly Attachment[]) => readonly Attachment[]) => void): () => void {
  const hear = (what: string): void => {
    if (what.startsWith("upload:")) change((files) => withChecked(files, what));
  };
  desk.heard.add(hear);
  return () => desk.heard.delete(hear);
}

