/** Who may see a ticket: the same sets of keys as `crm_core/rules/access.py`. */

import type { Agent, Id, Queue, TicketRow } from "./words";

export type Scope = ReadonlySet<string>;

/** The keys of an agent: themselves, their role, the queues of their teams (all, above agent). */
export function scopeOf(agent: Agent | undefined, queues: Readonly<Record<Id, Queue>>): Scope {
  if (!agent) return new Set();
  const everywhere = agent.role !== "agent";
  const served = Object.values(queues).filter((queue) => everywhere || agent.teams.includes(queue.team));
  return new Set([`a:${agent.id}`, ...served.map((queue) => `q:${queue.id}`)]);
}

/** The keys that may see a ticket; a confidential one is for named people only. */
export function audienceOf(row: TicketRow): string[] {
  const named = [row.assignee, ...(row.readers ?? [])].filter((id): id is Id => Boolean(id)).map((id) => `a:${id}`);
  return row.confidential ? named : [`q:${row.queue}`, ...named];
}

export function maySee(row: TicketRow, scope: Scope): boolean {
  return audienceOf(row).some((key) => scope.has(key));
}
