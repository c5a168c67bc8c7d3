/**
 * What a screen knows, and how a frame from the socket changes it.
 *
 * One pure function: old state + frames = what a fresh snapshot would say. Frames may come
 * twice or late (a reconnect, my own answer and its event): a position is applied once, and
 * a row or message only where it is newer than what stands here. Nothing is changed in
 * place, so that a screen sees by identity what moved.
 */

import { callMoved } from "./calls";
import { ticketItem, withCheck, withItem, withDelivery, withoutWords } from "./timeline";
import { maySee, scopeOf } from "./scope";
import { isNewer, stale, withRows, type State } from "./state";
import type {
  Agent,
  Broadcast,
  Call,
  Customer,
  Duty,
  EventFrame,
  Facts,
  Frame,
  Gone,
  Id,
  Inbox,
  MessageItem,
  Offer,
  Queue,
  Service,
  TicketRow,
} from "./words";

export * from "./state";

type Handler = (state: State, event: EventFrame) => State;

/** The state after a frame, or after one bare event. An event of a kind it does not know is an error. */
export function reduce(state: State, frame: Frame | EventFrame): State {
  if (isEvent(frame)) return apply(state, frame);
  let next = state;
  for (const step of inOrder(frame)) next = "type" in step ? apply(next, step) : leave(next, step);
  if (frame.refresh) next = stale(next, ...frame.refresh);
  if (frame.reset) next = stale(next, "all");
  return next;
}

function apply(state: State, event: EventFrame): State {
  const handle = HANDLERS[event.type];
  if (!handle) throw new Error(`No screen knows the event ${event.type}.`);
  if (event.position <= state.position) return state;
  return { ...handle(state, event), position: event.position };
}

/** What a frame tells, in the order in which it happened: a ticket may leave and come back in one frame. */
function inOrder(frame: Frame): (EventFrame | Gone)[] {
  return [...(frame.events ?? []), ...(frame.gone ?? [])].sort((a, b) => a.position - b.position);
}

/** Of what leaves my sight I hear no more: where it was mine, somebody else has it, and I carry less. */
function leave(state: State, gone: Gone): State {
  if (gone.position <= state.position) return state;
  const { [gone.ticket]: row, ...tickets } = state.tickets;
  const { [gone.ticket]: _items, ...timelines } = state.timelines;
  const left = { ...state, tickets, timelines, position: gone.position };
  return row?.assignee === state.me ? stale(left, "me", "work") : left;
}

/** Every ticket event carries the row after the change: keep it if it is newer and ours to see. */
const row: Handler = (state, event) => {
  const fresh = whole<TicketRow>(event, "row");
  if (!fresh || !maySee(fresh, scopeOf(state.agents[state.me], state.queues))) return state;
  return withOfferedRow(withRows(state, [fresh]), fresh);
};

/** What is held out to me shows its ticket too. */
function withOfferedRow(state: State, fresh: TicketRow): State {
  const offer = Object.values(state.offers).find((one) => one.row.id === fresh.id);
  if (!offer || !isNewer(fresh, offer.row)) return state;
  return { ...state, offers: { ...state.offers, [offer.id]: { ...offer, row: fresh } } };
}

/** A line in an open timeline. */
const line: Handler = (state, event) => {
  const items = event.ticket ? state.timelines[event.ticket] : undefined;
  const item = ticketItem(event);
  if (!items || !item || !event.ticket) return state;
  return { ...state, timelines: { ...state.timelines, [event.ticket]: withItem(items, item) } };
};

/** A message in an open timeline. */
const message: Handler = (state, event) => {
  const item = whole<MessageItem>(event, "message");
  const items = item && state.timelines[item.ticket];
  if (!item || !items) return state;
  return { ...state, timelines: { ...state.timelines, [item.ticket]: withItem(items, item) } };
};

const delivery: Handler = (state, event) => {
  const items = event.ticket ? state.timelines[event.ticket] : undefined;
  if (!items || !event.ticket) return state;
  return { ...state, timelines: { ...state.timelines, [event.ticket]: withDelivery(items, { ...event.facts, ...event.personal }) } };
};

/** A file opens, or does not; whoever shows the formatted body draws its pictures anew. */
const checked: Handler = (state, event) => {
  const items = event.ticket ? state.timelines[event.ticket] : undefined;
  if (!items || !event.ticket) return state;
  const next = { ...state, timelines: { ...state.timelines, [event.ticket]: withCheck(items, event.facts) } };
  return stale(next, `pictures:${String(event.facts.message)}`);
};

/** A file that I uploaded and did not send yet. */
const upload: Handler = (state, event) => {
  const { file, check, found } = event.facts as { file: Id; check: string | null; found: string | null };
  return stale(state, `upload:${file}:${check ?? ""}:${found ?? ""}`);
};

/** Its messages went over to another ticket; its lines stay. */
const merged: Handler = (state, event) => {
  const items = event.ticket ? state.timelines[event.ticket] : undefined;
  if (!items || !event.ticket) return state;
  const lines = items.filter((item) => item.type !== "message");
  return { ...state, timelines: { ...state.timelines, [event.ticket]: lines } };
};

/** Another ticket's messages came over: what stands here of the timeline is not the whole any more. */
const joined: Handler = (state, event) => {
  if (!event.ticket || !state.timelines[event.ticket]) return state;
  return stale(state, `timeline:${event.ticket}`);
};

/** Whoever is told of a promise hears it once, beside whatever they do. */
const due: Handler = (state, event) => {
  const told = event.facts.told as readonly Id[] | undefined;
  return told?.includes(state.me) && event.ticket ? stale(state, `due:${event.ticket}:${String(event.facts.promise)}:${String(event.facts.percent)}`) : state;
};

/** Whoever wrote an answer hears that it will not leave, unless they took it back themselves. */
const withdrawn: Handler = (state, event) => {
  const { author, message: id, why } = event.facts as { author: Id | null; message: Id; why: string };
  const byWish = why === "taken_back" || why === "cancelled";
  return author === state.me && !byWish && event.ticket ? stale(state, `withdrawn:${event.ticket}:${id}`) : state;
};

/** How much an agent carries is counted by the server: ask again for my own. */
const work: Handler = (state, event) => {
  const facts = event.facts.work as { agent?: Id | null; preferred?: Id | null } | undefined;
  const lost = event.facts.from === state.me;
  const mine = facts?.agent === state.me || lost || event.type !== "work.taken";
  const had = facts?.agent === state.me || facts?.preferred === state.me || lost;
  return stale(state, ...(mine ? ["me"] : []), ...(had ? ["work"] : []));
};

/** What I had is somebody else's, or nobody's: I carry less. */
const letGo: Handler = (state, event) => (event.facts.from === state.me ? stale(state, "me", "work") : state);

/** Who is asked in, by me or to me, is asked for again. */
const consult: Handler = (state, event) => {
  const { asker, asked } = (event.facts.consult ?? {}) as { asker?: Id; asked?: Id };
  return asker === state.me || asked === state.me ? stale(state, "consults") : state;
};

const offerMade: Handler = (state, event) => {
  const offer = event.facts.offer as Offer | undefined;
  const fresh = whole<TicketRow>(event, "row");
  if (!offer || !fresh || offer.agent !== state.me) return state;
  return stale({ ...state, offers: { ...state.offers, [offer.id]: { ...offer, row: fresh } } }, "me");
};

const offerEnded: Handler = (state, event) => {
  const offer = event.facts.offer as Offer | undefined;
  if (!offer || !state.offers[offer.id]) return state;
  const { [offer.id]: _ended, ...offers } = state.offers;
  const told = event.facts.cut_off ? ["cut-off"] : [];
  return stale({ ...state, offers }, "me", ...told); // it counted in my load, whoever has the work now
};

const call: Handler = (state, event) => {
  const fresh = whole<Call>(event, "call");
  return fresh ? callMoved(state, fresh) : state;
};

const duty: Handler = (state, event) => {
  const facts = event.facts as { agent: Id; duty: Duty; reason: string | null; since: string; version: number; next?: Duty | null };
  const known = state.agents[facts.agent];
  if (!known || known.version >= facts.version) return state;
  const changed: Agent = {
    ...known,
    duty: facts.duty,
    duty_reason: facts.reason,
    duty_since: facts.since,
    next_duty: facts.next ?? null,
    version: facts.version,
  };
  return { ...state, agents: { ...state.agents, [known.id]: changed } };
};

/** The account itself changed; if it is mine, what I may see did too. */
const agent: Handler = (state, event) => {
  const { agent: id, ...facts } = event.facts as Facts & { agent: Id; version: number };
  const known = state.agents[id];
  if (known && known.version >= facts.version) return state;
  const empty: Partial<Agent> = { load: { total: 0, by_channel: {} }, name: "", email: "" };
  const changed = { ...empty, ...known, ...facts, ...event.personal, id } as Agent;
  const next = { ...state, agents: { ...state.agents, [id]: changed } };
  return id === state.me && known ? stale(next, "all") : next;
};

const inbox: Handler = (state, event) => {
  const { inbox: id, ...facts } = event.facts as Facts & { inbox: Id };
  const changed = { ...state.inboxes[id], ...facts, id } as Inbox;
  return stale({ ...state, inboxes: { ...state.inboxes, [id]: changed } }, "inboxes", "acknowledging", "asking");
};

const queue: Handler = (state, event) => {
  const { queue: id, ...facts } = event.facts as Facts & { queue: Id };
  const changed = { ...state.queues[id], ...facts, id } as Queue;
  return { ...state, queues: { ...state.queues, [id]: changed } };
};

const team: Handler = (state, event) => {
  const { team: id, name } = event.facts as { team: Id; name: string };
  return { ...state, teams: { ...state.teams, [id]: { ...state.teams[id], id, name } } };
};

/** A service as screens name it; what else there is to it is asked for by its own page. */
const service: Handler = (state, event) => {
  const { service: id, version: _version, note: _note, ...facts } = event.facts as Facts & { service: Id };
  const changed = { ...state.services[id], ...facts, id } as Service;
  return { ...state, services: { ...state.services, [id]: changed } };
};

/** What is said to everybody, or to those of my team; nobody hears themselves. Who said it sees who read it. */
const said: Handler = (state, event) => {
  const fresh = whole<Broadcast>(event, "broadcast");
  const mine = fresh && fresh.author !== state.me && (fresh.team === null || state.agents[state.me]?.teams.includes(fresh.team));
  return stale(mine ? { ...state, broadcasts: { ...state.broadcasts, [fresh.id]: fresh } } : state, "broadcasts");
};

/** Read by me, or taken back. */
const unsaid: Handler = (state, event) => {
  const { id = "" } = (event.facts.broadcast ?? {}) as Partial<Broadcast>;
  const theirs = event.type === "broadcast.heard" && event.facts.agent !== state.me;
  const { [id]: _over, ...broadcasts } = state.broadcasts;
  return stale(theirs ? state : { ...state, broadcasts }, "broadcasts");
};

/** What only an admin's page shows, and asks for when it is open. */
const asks =
  (...what: string[]): Handler =>
  (state) =>
    stale(state, ...what);

/** What is known of a person is asked for again, where a screen shows them: needs and wishes stand in no event. */
const person: Handler = (state, event) => {
  const facts = event.facts as { customer?: Id; source?: Id; from?: Id; other?: Id };
  const named = [facts.customer, facts.source, facts.from, facts.other].filter((id): id is Id => id !== undefined);
  const shown = named.flatMap((id) => state.customers[id]?.id ?? []);
  return stale(state, ...new Set(shown.map((id) => `customer:${id}`)));
};

/** Nothing is known of them any more: what screens show of them goes at once, also where nobody asks again. */
const erased: Handler = (state, event) => {
  const records = ((event.facts.records ?? []) as readonly Id[]).filter((id) => state.customers[id]);
  const gone = Object.fromEntries(records.map((id) => [id, nobody(state.customers[id] as Customer)]));
  return person({ ...state, customers: { ...state.customers, ...gone } }, event);
};

function nobody(customer: Customer): Customer {
  return { ...customer, name: "", latin: "", street: "", place: "", identities: [], needs: [], safety: [], relations: [], merges: [] };
}

/** A ticket without its words: an open timeline drops those of its messages. */
const silenced: Handler = (state, event) => {
  const items = event.ticket ? state.timelines[event.ticket] : undefined;
  if (!items || !event.ticket) return state;
  const only = event.facts.messages as readonly Id[] | null;
  const next = { ...state, timelines: { ...state.timelines, [event.ticket]: withoutWords(items, only) } };
  // A line that comes back hears no words at all of this ticket's past: what others wrote is asked for again.
  return only ? stale(next, `timeline:${event.ticket}`) : next;
};

const unchanged: Handler = (state) => state;

const each =
  (...handlers: Handler[]): Handler =>
  (state, event) =>
    handlers.reduce((next, handle) => handle(next, event), state);

/** Every kind of event there is. `test_house.py` compares this with `crm_core/model/event.py`. */
export const HANDLERS: Readonly<Record<string, Handler>> = {
  "ticket.opened": each(row, line),
  "message.received": each(row, message),
  "message.grown": each(row, message),
  "message.queued": each(row, message),
  "note.added": each(row, message),
  "message.delivery": each(row, delivery),
  "reply.withdrawn": each(row, delivery, line, withdrawn),
  "reply.instead": each(row, line),
  "reply.lost": each(row, line),
  "file.checked": each(row, checked),
  "file.blocked": each(row, line, checked),
  "file.released": each(row, line, checked),
  "upload.checked": upload,
  "scanner.moved": asks("scanner"),
  "files.fetched": each(row, line),
  "files.shut": each(row, line),
  "talk.ended": each(row, line),
  "feedback.asked": row,
  "feedback.given": each(row, line, asks("feedback")),
  "pictures.fetched": each(row, line),
  "ticket.assigned": each(row, line, letGo),
  "ticket.moved": each(row, line),
  "ticket.status": each(row, line),
  "ticket.priority": each(row, line),
  "ticket.renamed": each(row, line),
  "ticket.whose": each(row, line, person),
  "ticket.snoozed": each(row, line),
  "ticket.service": each(row, line),
  "ticket.merged": each(row, line, merged),
  "ticket.joined": each(row, line, joined),
  "ticket.misdirected": each(row, line),
  "ticket.split": each(row, line),
  "ticket.gathered": each(row, line),
  "ticket.owned": each(row, line),
  "ticket.noticed": each(row, line),
  "answer.used": each(row, line),
  "macro.run": each(row, line),
  "customer.created": person,
  "customer.changed": person,
  "identity.added": person,
  "identity.proven": person,
  "person.added": person,
  "person.changed": person,
  "person.merged": person,
  "person.parted": person,
  "address.added": person,
  "address.changed": person,
  "address.moved": person,
  "address.removed": person,
  "proof.asked": unchanged,
  "person.erased": each(erased, asks("erasures")),
  "ticket.erased": each(row, line, silenced, asks("suggestions")),
  "ticket.confided": each(row, line),
  "ticket.disclosed": each(row, line),
  "erasure.moved": asks("erasures"),
  "erasure.ended": each(asks("erasures"), asks("quarantine")),
  "erasure.finished": asks("erasures"),
  "export.asked": asks("exports"),
  "export.ready": asks("exports"),
  "export.fetched": asks("exports"),
  "export.gone": asks("exports"),
  "import.added": asks("imports"),
  "import.dropped": asks("imports"),
  "import.begun": asks("imports"),
  "import.moved": asks("imports"),
  "import.ended": each(asks("imports"), asks("all")),
  "period.set": asks("retention"),
  "sweep.counted": asks("retention"),
  "sweep.moved": asks("retention"),
  "sweep.ended": each(asks("retention"), asks("quarantine")),
  "consent.stopped": person,
  "consent.started": person,
  "hold.placed": person,
  "hold.lifted": person,
  "suggestion.dismissed": person,
  "relation.made": person,
  "relation.ended": person,
  "ticket.due": each(row, line, due),
  "work.queued": each(row, work),
  "work.taken": each(row, work),
  "work.wrapping": each(row, work),
  "work.kept": each(row, work),
  "work.done": each(row, work),
  "offer.made": each(row, offerMade),
  "offer.ended": each(row, line, offerEnded),
  "consult.asked": each(row, consult),
  "consult.joined": consult,
  "consult.ended": consult,
  "call.changed": each(row, call),
  "call.moved": unchanged,
  "phone.changed": asks("phone"),
  "broadcast.said": said,
  "broadcast.heard": unsaid,
  "broadcast.ended": unsaid,
  "agent.duty": duty,
  "agent.added": agent,
  "agent.changed": agent,
  "wishes.changed": asks("wishes"),
  "session.opened": asks("session"),
  "session.ended": asks("session"),
  "token.made": asks("tokens"),
  "token.revoked": asks("tokens"),
  "key.made": asks("keys"),
  "key.revoked": asks("keys"),
  "inbox.added": inbox,
  "inbox.changed": inbox,
  "acknowledging.paused": asks("acknowledging"),
  "queue.changed": queue,
  "aims.changed": asks("aims"),
  "team.changed": team,
  "service.changed": each(service, asks("catalogue", "answers")),
  "service.drafted": asks("catalogue"),
  "unit.changed": asks("units"),
  "ownership.changed": asks("owners"),
  "suggestion.made": asks("suggestions"),
  "suggestion.decided": asks("suggestions"),
  "notice.changed": asks("notices"),
  "answer.drafted": asks("answers"),
  "answer.changed": asks("answers"),
  "answer.rated": asks("answers"),
  "macro.changed": asks("macros"),
  "wire.quarantined": asks("quarantine"),
  "wire.reread": asks("quarantine"),
  "city.loaded": asks("all"),
  "edition.drafted": asks("rules"),
  "edition.discarded": asks("rules"),
  "edition.published": asks("rules"),
  "job.begun": asks("jobs"),
  "job.moved": asks("jobs"),
  "job.ended": asks("jobs"),
  "timers.held": asks("escalations"),
  "timers.released": asks("escalations"),
  "ticket.held": each(row, line, asks("suspected")),
  "ticket.released": each(row, line, asks("suspected")),
  "ticket.spam": each(row, line, asks("suspected")),
  "block.added": asks("blocks"),
  "block.lifted": asks("blocks"),
  "suspecting.changed": asks("suspecting"),
  "asking.changed": asks("asking"),
  "drift.found": asks("drifts"),
  "drift.seen": asks("drifts"),
  "drift.over": asks("drifts"),
};

/** The facts and the words of one part of an event, as one value. */
function whole<T>(event: EventFrame, part: string): T | null {
  const facts = event.facts[part] as object | undefined;
  const words = event.personal?.[part] as object | undefined;
  return facts ? ({ ...facts, ...words } as T) : null;
}

function isEvent(frame: Frame | EventFrame): frame is EventFrame {
  return "type" in frame;
}
