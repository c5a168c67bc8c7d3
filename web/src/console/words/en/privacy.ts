import { s } from "./plural";

/** What we owe the people we serve: legal holds, forgetting, periods, imports. */
export const privacy = {
  privacy: {
    title: "Data protection",
    loading: "Looking…",
    kept: (tickets: number, messages: number, files: number): string =>
      `We keep ${s(tickets, "ticket", "tickets")}, ${s(messages, "message", "messages")} and ${s(files, "file", "files")} of this person.`,
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
    export: "Export everything",
    exporting: "The export is being written…",
    fetch: (size: string): string => `Download export (${size})`,
    once: (day: string): string => `Once, until ${day}.`,
    fetchedBy: (who: string, day: string): string => `Exported on ${day}, fetched by ${who}.`,
    erase: "Erase…",
    eraseTitle: (name: string): string => `Erase ${name}?`,
    eraseText: "This cannot be undone.",
    profileGoes: (addresses: number): string => `Name, profile and ${s(addresses, "address", "addresses")} are deleted.`,
    wordsGo: (messages: number, files: number): string =>
      `The words of ${s(messages, "message", "messages")} and ${s(files, "file", "files")} are deleted, also what waits to be sent.`,
    ticketsStay: (tickets: number): string =>
      `${s(tickets, "ticket stays", "tickets stay")} with number, times and service, without a person; what is open is closed.`,
    backupsStay: "Backups made before still hold them: onestop erase --finish names these.",
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
    erasedTicket: "(erased)",
    erasedOn: (day: string, reason: string): string => `Erased on ${day}: ${reason}.`,
    erasing: (messages: number): string => `Erasing: ${s(messages, "message", "messages")} so far…`,
    notFinished: "The bytes of the database still wait for onestop erase --finish.",
  },


};
