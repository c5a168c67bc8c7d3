/** English for talks with visitors. */

export const guests = {
  guests: {
    here: "Here now",
    typing: "Typing",
    gone: "Not here",
    goneWhy: "An answer goes where they asked for it after a minute, else it waits in the chat until they come back.",
    end: "End chat",
    ended: { visitor: "The visitor ended the chat", agent: "Chat ended", silence: "Chat ended: nobody said anything for 15 minutes" },
  },
};
