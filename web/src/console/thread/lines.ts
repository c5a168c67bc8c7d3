/** What a line of the timeline says. */

import type { EventItem, Offer, Priority, Status } from "@shared/words";
import { clock } from "../desk/clock.svelte";
import { desk } from "../desk/desk.svelte";
import { moment, toldWords } from "../words/format";
import { tongue } from "../words/words.svelte";
import { foundWords } from "../files/checks";

type Words = (item: EventItem) => string;

const text = (value: unknown): string => (typeof value === "string" ? value : "");

export function agentName(id: unknown): string {
  if (id === desk.state.me) return tongue.t.ticket.you;
  return desk.state.agents[text(id)]?.name ?? tongue.t.timeline.somebody;
}

const queueName = (id: unknown): string => tongue.named(desk.state.queues[text(id)]) || "?";
const channelName = (name: unknown): string => tongue.pick(desk.state.channels[text(name)]?.title);
const serviceName = (id: unknown): string => tongue.pick(desk.state.services[text(id)]?.name);

const signWords = (signs: unknown): string => ((signs as string[] | undefined) ?? []).map((one) => (tongue.t.suspected.signs as Record<string, string>)[one] ?? one).join(tongue.t.suspected.and);

const WORDS: Record<string, Words> = {
  "ticket.opened": () => tongue.t.event.opened,
  "ticket.assigned": ({ facts, actor }) => {
    if (!facts.to) return tongue.t.event.unassigned;
    return facts.to === actor.id ? tongue.t.event.took : tongue.t.event.assigned(agentName(facts.to));
  },
  "ticket.moved": ({ facts }) => tongue.t.event.moved(queueName(facts.from), queueName(facts.to)),
  "ticket.status": ({ facts }) => statusWords(facts.from as Status, facts.to as Status),
  "ticket.priority": ({ facts }) => {
    const t = tongue.t;
    return t.event.priority(t.priority[facts.from as Priority] ?? "", t.priority[facts.to as Priority] ?? "");
  },
  "ticket.whose": () => tongue.t.event.whose,
  "ticket.renamed": () => tongue.t.event.renamed,
  "ticket.snoozed": ({ facts }) => {
    if (!facts.until) return tongue.t.event.woken;
    return tongue.t.event.snoozed(moment(text(facts.until), clock.now, tongue.t, tongue.locale));
  },
  "ticket.service": ({ facts }) => tongue.t.event.service(serviceName(facts.from), serviceName(facts.to)),
  "ticket.misdirected": ({ facts }) => tongue.t.event.misdirected(queueName(facts.from), queueName(facts.to)),
  "ticket.split": ({ facts }) => tongue.t.event.split((facts.parts as unknown[]).length),
  "ticket.gathered": ({ facts }) => tongue.t.event.gathered(text(facts.number), Number(facts.left)),
  "ticket.owned": () => tongue.t.event.owned,
  "ticket.noticed": () => tongue.t.event.noticed,
  "ticket.erased": () => tongue.t.event.erased,
  "ticket.confided": ({ facts, actor }) => {
    const others = (facts.readers as string[]).filter((id) => id !== actor.id); // whoever says so is always among them
    return tongue.t.event.confided(others.map(agentName).join(", "));
  },
  "ticket.disclosed": () => tongue.t.event.disclosed,
  "ticket.held": ({ facts }) => tongue.t.suspected.held(signWords(facts.signs)),
  "ticket.released": ({ facts }) => tongue.t.suspected.released(queueName(facts.queue)),
  "ticket.spam": () => tongue.t.suspected.called,
  "answer.used": ({ facts }) => tongue.t.event.answerUsed(tongue.pick(facts.title as Record<string, string>)),
  "macro.run": ({ facts }) => tongue.t.event.macroRun(tongue.pick(facts.name as Record<string, string>)),
  "ticket.merged": () => tongue.t.event.merged,
  "ticket.joined": () => tongue.t.event.joined,
  "reply.withdrawn": ({ facts }) => tongue.t.held.withdrawn[facts.why as keyof typeof tongue.t.held.withdrawn] ?? "",
  "reply.instead": ({ facts }) => tongue.t.fell.instead(channelName(facts.from_channel), channelName(facts.to_channel)),
  "reply.lost": ({ facts }) => tongue.t.fell.lost(channelName(facts.channel), tongue.t.fell.why[facts.why as keyof typeof tongue.t.fell.why] ?? ""),
  "file.blocked": ({ facts }) => tongue.t.checks.line(foundWords(facts.found as string | null)),
  "file.released": ({ facts }) => (facts.early ? tongue.t.checks.early : tongue.t.checks.released),
  "files.fetched": () => tongue.t.handout.taken,
  "files.shut": () => tongue.t.handout.shut,
  "talk.ended": ({ facts }) => tongue.t.guests.ended[facts.why as keyof typeof tongue.t.guests.ended] ?? "",
  "pictures.fetched": ({ facts }) => tongue.t.timeline.pictures.fetched(Number(facts.pictures)),
  "offer.ended": () => tongue.t.event.declined,
  "ticket.due": ({ facts }) => {
    const told = (facts.told as string[] | undefined) ?? [];
    const said = toldWords(text(facts.promise), Number(facts.percent), tongue.t);
    return told.length ? `${said}, ${tongue.t.told.people(told.map(agentName).join(", "))}` : said;
  },
};

const ICONS: Record<string, string> = {
  "ticket.opened": "plus",
  "ticket.assigned": "user",
  "ticket.moved": "arrow-right",
  "ticket.priority": "priority-normal",
  "ticket.whose": "user",
  "ticket.renamed": "pencil",
  "ticket.snoozed": "clock",
  "ticket.service": "swap",
  "ticket.misdirected": "swap",
  "ticket.split": "branch",
  "ticket.gathered": "check",
  "ticket.owned": "building",
  "ticket.noticed": "alert",
  "ticket.erased": "trash",
  "ticket.confided": "lock",
  "ticket.disclosed": "users",
  "ticket.held": "shield",
  "ticket.released": "check",
  "ticket.spam": "shield",
  "answer.used": "book",
  "macro.run": "zap",
  "ticket.merged": "merge",
  "ticket.joined": "merge",
  "offer.ended": "x",
  "ticket.due": "bell",
  "reply.withdrawn": "history",
  "file.blocked": "shield",
  "file.released": "shield",
  "reply.instead": "swap",
  "reply.lost": "alert",
  "files.fetched": "download",
  "files.shut": "lock",
  "talk.ended": "message",
  "pictures.fetched": "camera",
};

const STATUS_ICONS: Partial<Record<Status, string>> = { solved: "check", closed: "status-closed", waiting: "pause", on_hold: "pause" };

function statusWords(from: Status, to: Status): string {
  const t = tongue.t;
  if (to === "solved") return t.event.solved;
  if (to === "closed") return t.event.closed;
  if (to === "waiting") return t.event.waiting;
  if (from === "solved" || from === "closed") return t.event.reopened;
  return t.event.status(t.status[from] ?? "", t.status[to] ?? "");
}

export function lineIcon(item: EventItem): string {
  if (item.event === "ticket.status") return STATUS_ICONS[item.facts.to as Status] ?? "arrow-right";
  return ICONS[item.event] ?? "arrow-right";
}

export function lineWords(item: EventItem): string {
  const said = WORDS[item.event]?.(item) ?? item.event;
  const who = actorName(item);
  const done = who ? tongue.t.event.by(said, who) : said;
  const why = refusalWords(item);
  return why ? tongue.t.event.because(done, why) : done;
}

/** Why they would not have it: by the list, and in their own words. */
function refusalWords({ facts, said }: EventItem): string {
  const listed = (facts.offer as Partial<Offer> | undefined)?.refusal;
  const reason = listed && listed !== "other" ? tongue.t.refusal.reasons[listed] : "";
  return [reason, said].filter(Boolean).join(" · ");
}

/** Staff by name; what the house does by itself needs no name. */
function actorName(item: EventItem): string {
  if (item.actor.kind !== "agent" && item.actor.kind !== "client") return "";
  return item.actor.id === desk.state.me ? tongue.t.event.you : agentName(item.actor.id);
}
