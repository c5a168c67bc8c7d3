/** English for how queues look for an agent, and for what the house wants of its live contacts. */

import { s } from "./plural";

export const queues = {
  queuesPage: {
    intro: "How each queue looks for somebody, and what you want of those who come live. A change holds at once, also for what waits already.",
    noSuchQueue: "There is no such queue.",
    unsavedChip: "Not saved",

    whoIsAsked: "Who is asked, the longer it waits",
    ringsHint: "At first only those who can do what the service asks for. After a while less can be enough, so that nobody waits for one person.",
    after: "After",
    ringAfter: (n: number): string => `Step ${n}: after`,
    ringSkill: (n: number): string => `Step ${n}: skill`,
    ringLevel: (n: number): string => `Step ${n}: level that is enough`,
    eachSkill: "Each skill",
    level: (level: number): string => (level === 0 ? "is not asked" : `level ${level} is enough`),
    addRing: "Add a step",
    removeRing: (n: number): string => `Remove step ${n}`,

    lastAgent: "Who had it last",
    hold: "Keep it for them",
    holdHint: (most: number): string => `If they are there. At most ${most} s; 0: nobody is waited for.`,

    overflowTitle: "If nobody comes",
    overflow: "It goes to",
    nowhere: "No other queue",
    overflowHint: "Its age goes with it.",
    overflowAfter: "When it has waited",

    times: "Times",
    handle: "One usually takes",
    handleHint: "When less than twice that is left of its promise, it counts as one step more urgent. Empty: as everywhere.",
    unset: "–",
    wrapUp: "Wrap-up at most",
    wrapUpHint: "So long nothing new comes after a call or chat, unless the agent is done before. 0: no wrap-up.",

    inWords: "In words",
    says: {
      hold: (span: string): string => `Whoever had the ticket last gets it first, for up to ${span}, if they are there.`,
      noHold: "Nobody is waited for: whoever fits best gets it.",
      ring: (span: string, skill: string | null, level: number): string =>
        skill === null
          ? level === 0 ? `After ${span} no skill is asked for.` : `After ${span} level ${level} of each skill is enough.`
          : level === 0 ? `After ${span} ${skill} is not asked for.` : `After ${span} ${skill} at level ${level} is enough.`,
      overflow: (span: string, queue: string): string => `After ${span} it goes to ${queue}.`,
      noOverflow: "It stays in this queue.",
      presses: (span: string): string => `It is more urgent when less than ${span} is left of its promise.`,
      wrapUp: (span: string): string => `Wrap-up lasts ${span} at most.`,
      noWrapUp: "There is no wrap-up.",
    },

    aims: "Service level",
    aimsSay: (share: number, span: string, variant: string): string => `${share}% of those who come live have one of us within ${span}. ${variant}.`,
    share: "In target",
    shareHint: "Of all who come live: calls, chats, people at the desk.",
    within: "Answered within",
    withinHint: "From when they begin to wait.",
    variant: "Who gives up",
    usual: "usual",
    longest: "Longest wait",
    longestHint: "Somebody who waits longer asks for you on the board.",
    wrapLimit: "Longest wrap-up",
    wrapLimitHint: "A wrap-up that lasts longer asks for you on the board.",

    save: "Save",
    discard: "Throw changes away",
    saving: "Saving.",
    saved: "Saved. It holds now.",
    unsaved: "Not saved yet. It is kept in this tab.",
    wrong: (n: number): string => `${s(n, "field needs", "fields need")} a look.`,
    passed: "Somebody else changed this meanwhile.",
    takeTheirs: "Show theirs",
    keepMine: "Keep mine",

    number: "Enter a number.",
    percent: "Enter a whole number from 1 to 100.",
    between: (least: string, most: string): string => `Enter something from ${least} to ${most}.`,
    longestShort: "The longest wait cannot be shorter than the aim.",
    problems: {
      closed: "This queue is not open.",
      circle: "Work would go round in a circle. Choose another queue.",
      longest: "The longest wait cannot be shorter than the aim.",
    } as Record<string, string>,

    units: { s: "s", min: "min", h: "h", d: "days" },
    unitOf: (label: string): string => `${label}: unit`,
    length: (seconds: number): string => {
      const parts = [[Math.floor(seconds / 86_400), "d"], [Math.floor((seconds % 86_400) / 3600), "h"], [Math.floor((seconds % 3600) / 60), "min"], [Math.round(seconds % 60), "s"]];
      return parts.filter(([many]) => many).map(([many, unit]) => `${many} ${unit}`).join(" ") || "0 s";
    },
  },
};
