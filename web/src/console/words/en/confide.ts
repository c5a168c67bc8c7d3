/** Words of who sees a ticket. */

export const confide = {
  title: "Who sees this ticket",
  text: "Only those you choose, whoever has it, and you. No queue, no other supervisor and no admin sees it, and routing offers it to nobody.",
  find: "Find a colleague",
  people: "Colleagues who see it",
  has: "has it",
  none: "Nobody of that name works here.",
  button: "Make confidential",
  save: "Save",
  disclose: "Open to its queue again",
  done: (number: string): string => `Only the people named see ${number}`,
  undone: (number: string): string => `Everybody in its queue sees ${number} again`,
};
