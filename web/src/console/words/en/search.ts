/** English for the page of search. */

import { s } from "./plural";

export const search = {
  search: {
    title: "Search",
    field: "Words, a number, a name, a phone or an address",
    narrow: "Narrow the search",
    hint: "Finds tickets, messages and people, in any script. A ticket's number may have spaces; a phone number may be in any format.",
    any: "Any",
    me: "Me",
    nameless: "No name yet",
    filters: { kind: "What", status: "Status", queue: "Queue", service: "Service", assignee: "Owner", channel: "Channel", since: "When" },
    kinds: { ticket: "Ticket", message: "Message", customer: "Person", answer: "Answer" },
    spans: { day: "Last 24 hours", week: "Last 7 days", month: "Last 30 days", year: "Last year" },
    none: (words: string): string => `Nothing found for “${words}”. Try fewer words, or fewer filters.`,
    noneYet: "Nothing among the newest. Older ones may fit.",
    found: (n: number, more: boolean): string => (more ? `${n} found, and more` : s(n, "result", "results")),
    more: "Show more",
    all: (words: string): string => `All results for “${words}”`,
  },
};
