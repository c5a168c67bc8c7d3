/** English for questions that hang on an earlier answer: in the editor, and at each kind of door. */

export const conditions = {
  conditions: {
    onlyIf: "Ask only if",
    always: "Always",
    noneBefore: "Always (it comes first)",
    answers: "One of these answers",
    given: { one_of: "is", answered: "is answered", unanswered: "is not answered" },
    how: "How it is answered",
    yes: "Yes",
    no: "No",
    or: " or ",
    is: (answers: string): string => `is ${answers}`,
    chip: { one_of: (answers: string): string => `if ${answers}`, answered: (): string => "if answered", unanswered: (): string => "if not answered" },
    sentence: (question: string, how: string): string => `Asked only if “${question}” ${how}.`,
    oneStays: "One answer at least.",
    first: (names: string): string => `Not changed: ${names} is asked because of it. Change that first.`,
    after: (name: string): string => `Not moved: it is asked because of ${name}, and stays after it.`,
    quoted: (name: string): string => `“${name}”`,
    doors: {
      portal: (question: string, how: string): string => `Appears once “${question}” ${how}.`,
      phone: (question: string, how: string): string => `Ask only if “${question}” ${how}.`,
      text: (question: string, how: string): string => `Sent only if “${question}” ${how}.`,
      talk: (question: string, how: string): string => `Sent only if “${question}” ${how}.`,
      paper: (question: string, how: string): string => `Only if “${question}” ${how}:`,
    },
  },
};
