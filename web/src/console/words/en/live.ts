/** Words of live work between colleagues: refused, wrapped up, asked in, passed on. */

export const live = {
  refusal: {
    label: "Decline, because…",
    reasons: {
      occupied: "I am in the middle of something",
      skill: "Not my field",
      language: "Not my language",
      acquainted: "I know this person",
      other: "Another reason",
    },
    inWords: "In my own words…",
    title: "Decline the offer",
    reason: "Reason",
    words: "In your own words (optional)",
    button: "Decline",
  },
  wrapUp: {
    of: (number: string): string => `Wrap-up of ${number}`,
    left: (time: string): string => `ends by itself in ${time}; nothing new comes meanwhile`,
    done: "Done",
    more: "60 s more",
    longer: "It lasts 60 s longer",
  },
  nextDuty: {
    heading: "After this contact",
    then: (state: string): string => `then ${state.toLowerCase()}`,
    bar: (state: string): string => `${state} after this contact: nothing new is offered to you`,
    goOn: "Go on instead",
  },
  unanswered: "You did not answer somebody on the line, so nothing more is offered to you.",
  screenClosed: "Your last screen was closed, so nothing more is offered to you.",
  consult: {
    invited: (name: string): string => `${name} asks you to join`,
    join: "Join",
    notNow: "Not now",
    asked: (name: string): string => `${name} is asked to join`,
    joined: (name: string): string => `${name} has joined`,
    with: (name: string): string => `You are in with ${name}`,
    letGo: "Let them go",
    stop: "Do not ask any more",
    leave: "Leave",
    handOver: "Hand over",
    takeOver: "Take over",
    took: (number: string): string => `${number} is yours`,
    handed: (number: string, name: string): string => `${number} handed over to ${name}`,
  },
  passing: {
    to: "To",
    kinds: { queue: "A queue", agent: "A colleague", service: "A service" },
    agent: "Colleague",
    service: "Service",
    askFirst: "Ask in first",
    askFirstHint: "They see it and join; you keep it until one of you hands it over.",
    liveHint: "Somebody is on the line: your colleague is asked, and if they do not answer, it waits in its queue again.",
    passed: (number: string, name: string): string => `${number} passed on to ${name}`,
  },
  shift: {
    title: "End of shift",
    choice: "End shift…",
    text: "This is what you still hold. What is ticked goes on to others, as old as it is; the rest stays yours.",
    none: "You hold nothing. You will be offline.",
    groups: { live: "On the line now", answer: "Waits for our answer", rest: "Waits for somebody else" },
    to: "Who goes on with it",
    kinds: { back: "Back to the queues", agent: "A colleague", queue: "A team" },
    queue: "Team, by its queue",
    hand: (n: number): string => `Hand over ${n} and go offline`,
    end: "Go offline",
    handed: (n: number): string => `${n} handed over, you are offline`,
    back: (n: number, of: number, full: number): string => {
      if (n === of) return `All ${n} are yours again`;
      const taken = of - n - full;
      return [`${n} of ${of} are yours again`, full ? `${full} more than you can carry stayed where they are` : "", taken ? `somebody took ${taken} meanwhile` : ""].filter(Boolean).join("; ");
    },
  },
  notify: {
    title: "Notifications",
    titles: { offers: "Somebody waits for you", mentions: "You are named in a note", replies: "An answer on your ticket", late: "Work is late" },
    about: (number: string, queue: string): string => `${number} · ${queue}`,
  },
  full: {
    all_the_same: "Give it anyway",
    given: (number: string, name: string): string => `${number} given to ${name}, above what they can carry`,
  },
  /** What a colleague is told, whose state somebody else set. */
  forced: (who: string, state: string, why: string): string => (why ? `${who} set you to ${state}: ${why}` : `${who} set you to ${state}.`),
};
