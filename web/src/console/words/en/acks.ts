/** What the house says by itself when something arrives. */
export const acks = {
  acks: {
    title: "Acknowledgements",
    line: (address: string, channel: string): string => `Acknowledged by itself to ${address}, ${channel}`,
    read: "What it says",
    why: {
      automatic: "a machine wrote it",
      ours: "it is our own address",
      "answers us": "it answers a message of ours",
      unproven: "its sender is not proven",
      "no way": "no safe way back",
      lately: "told less than an hour ago",
      day: "told several times today",
      same: "many sent the same words",
      paused: "too much at once, paused",
      held: "held as suspected spam",
    },
  },
};
