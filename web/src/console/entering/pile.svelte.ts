/** The letters that lie before somebody: each of one scan or several, until it is registered. */

import type { Id } from "@shared/words";
import { post, where } from "../desk/api";
import { why } from "../desk/deeds.svelte";
import { blank, today, type Entry, type Scan } from "./entry";
import { said } from "./said";

export interface Letter {
  scans: Scan[];
  entry: Entry;
}

export class Pile {
  letters = $state<Letter[]>([]);
  at = $state(0);
  reading = $state("");
  problem = $state("");

  get current(): Letter | undefined {
    return this.letters[Math.min(this.at, this.letters.length - 1)];
  }

  /** One after another: reading takes the server seconds. */
  async add(files: Iterable<File>, inbox: Id): Promise<void> {
    this.problem = "";
    for (const file of files) {
      this.reading = file.name;
      const form = new FormData();
      form.append("file", file, file.name);
      try {
        this.letters.push(letterOf([await post<Scan>(where("/scans", { inbox }), form)]));
      } catch (error) {
        this.problem = said().fileFailed(file.name, why(error));
      }
    }
    this.reading = "";
  }

  /** The pages of one letter came as two files. */
  join(number: number): void {
    const [first, second] = [this.letters[number - 1], this.letters[number]];
    if (!first || !second) return;
    const whole = letterOf([...first.scans, ...second.scans]);
    whole.entry = { ...whole.entry, who: first.entry.who, received: first.entry.received };
    this.letters.splice(number - 1, 2, whole);
    this.at = number - 1;
  }

  apart(number: number): void {
    const letter = this.letters[number];
    if (letter) this.letters.splice(number, 1, ...letter.scans.map((scan) => letterOf([scan])));
  }

  drop(number: number): void {
    this.letters.splice(number, 1);
    this.at = Math.max(0, Math.min(this.at, this.letters.length - 1));
  }
}

function letterOf(scans: Scan[]): Letter {
  const code = scans.flatMap((scan) => scan.hints).find((hint) => hint.code)?.code;
  const words = scans.map((scan) => scan.text).filter(Boolean).join("\n\n");
  return { scans, entry: { ...blank(""), words, files: scans, received: today(), joins: code ? { code } : null } };
}
