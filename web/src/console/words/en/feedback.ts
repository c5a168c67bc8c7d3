/** What people say of how they were served. */

const STEPS: Record<number, string> = { 1: "Very dissatisfied", 2: "Dissatisfied", 3: "Neither", 4: "Satisfied", 5: "Very satisfied" };

export const feedback = {
  feedback: {
    title: "Feedback",
    intro: "Once a ticket is solved, people are asked how we did: one question, five steps, words if they like. Confidential tickets are not listed.",
    show: "Show",
    shown: { unhappy: "Unhappy", all: "All" },
    step: (score: number): string => STEPS[score] ?? "",
    said: (score: number): string => `How we did: ${score} of 5, ${(STEPS[score] ?? "").toLowerCase()}`,
    changed: (was: number, score: number): string => `How we did, changed from ${was} to ${score} of 5: ${(STEPS[score] ?? "").toLowerCase()}`,
    of: (score: number): string => `${score} of 5`,
    when: "Said",
    who: "Citizen",
    about: "Ticket",
    answer: "Answer",
    none: { unhappy: "Nobody was unhappy yet.", all: "Nobody said anything yet." },
    asking: {
      title: "Who asks",
      intro: "People are asked by the way their answer went, never machines, never whoever asked for no more messages, and not again within these days.",
      days: "Days until somebody is asked again",
      save: "Save",
      saved: "Saved.",
      ways: { link: "A link below our words", digit: "A figure they write back, or a link", buttons: "Five buttons below our words", talk: "In the chat, once it is over" } as Record<string, string>,
      cannot: "This channel cannot ask",
      asks: (name: string): string => `${name} asks`,
    },
    foretold: "If this solves it, they are asked",
    service: "People are asked how we did in this service",
  },
};
