import { s } from "./plural";

/** What the virus scanner says of files. */
export const checks = {
  checks: {
    checking: "Checking",
    checkingHint: (name: string): string => `${name} is being checked for viruses. It opens by itself.`,
    blocked: "Blocked",
    tooLarge: "Too large for the virus scanner: nobody looked into it",
    found: (what: string): string => `The virus scanner found ${what}`,
    something: "The virus scanner found something",
    cannotSend: "This file cannot be sent. Remove it.",
    waits: "Leaves when its files are checked",
    line: (what: string): string => `A file was blocked: ${what}`,
    released: "A blocked file was opened for everybody",
    early: "A file was opened for everybody before it was checked",
    release: "Open anyway",
    dialog: "Open a file that is not passed",
    grave: (name: string, why: string): string => `${name}. ${why}. Whoever opens it may harm their computer and ours. It opens for everybody, wherever the same file stands, and your name stands beside it.`,
    unchecked: "It was not checked yet",
    done: (name: string): string => `${name} is open`,
    scanner: {
      title: "Virus scanner",
      away: (since: string): string => `The virus scanner has not answered since ${since}.`,
      waiting: (count: number): string => `${s(count, "file waits", "files wait")} for it. Contacts come in as always, and answers without files leave.`,
      well: (version: string): string => `${version} looks into every file that comes in.`,
      signatures: (day: string): string => `Signatures of ${day}.`,
    },
  },
};
