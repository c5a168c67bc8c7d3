import { s } from "./plural";

/** What we owe the people we serve: legal holds, forgetting, periods, imports. */
export const privacy = {
  privacy: {
    title: "Data protection",
    loading: "Looking…",
    cancel: "Cancel",
    kept: (tickets: number, messages: number, files: number): string =>
      `We keep ${tickets} ticket${s(tickets)}, ${messages} message${s(messages)} and ${files} file${s(files)} of this person.`,
    hold: "Legal hold",
    holdTitle: "Place a legal hold",
    holdText: "Nothing of this person can be erased, by anybody or by a period that is over, until an admin lifts the hold.",
    holdReason: "Why it must be kept",
    heldNow: "Everything of this person is kept now.",
    personHeld: "Under legal hold:",
    ticketHeld: "One ticket under legal hold:",
    heldBy: (who: string, day: string): string => `${who}, ${day}`,
    heldFirst: "A legal hold stands in the way of erasing.",
    lift: "Lift",
    lifted: "The hold was lifted.",
    erase: "Erase…",
    eraseTitle: (name: string): string => `Erase ${name}?`,
    eraseText: "This cannot be undone.",
    consequences: (addresses: number, tickets: number, messages: number, files: number): string[] => [
      `Name, profile and ${addresses} address${addresses === 1 ? "" : "es"} are deleted.`,
      `The words of ${messages} message${s(messages)} and ${files} file${s(files)} are deleted, also what waits to be sent.`,
      `${tickets} ticket${s(tickets)} stay${tickets === 1 ? "s" : ""} with numbers, times and service, without a person; what is open is closed.`,
      "Backups made before still hold them: onestop erase --finish names these.",
    ],
    reason: "Reason",
    reasons: {
      asked: "They asked for it",
      withdrawn: "They withdrew their consent",
      over: "It is not needed any more",
      unlawful: "It should not have been kept",
      kin: "Their next of kin asked",
    },
    reference: "File number (optional)",
    referenceHint: "Never a name: it stays on record.",
    sure: "I understand that nobody can bring this back.",
    eraseNow: "Erase for good",
    erasedNow: "This person is forgotten.",
    erasedOn: (day: string, reason: string): string => `Erased on ${day}: ${reason}.`,
    erasing: (messages: number): string => `Erasing: ${messages} message${s(messages)} so far…`,
    notFinished: "The bytes of the database still wait for onestop erase --finish.",
  },
};
