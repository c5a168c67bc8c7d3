"""Who may do what: the one place, applied by `tx.ticket(id, to="reply")`, so that no action forgets.

Two questions, in this order. May the actor *see* it? Their scope and its audience are
sets of keys; one key in common is enough, none is the same answer as "does not exist".
May they *do* it? Each verb names the least role; workers and inboxes have short lists
of their own. A new verb without a row in a table is refused to everybody.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from crm_core.model.actor import Actor, ActorKind
from crm_core.model.agent import Agent, Role
from crm_core.model.errors import Forbidden, NotFound
from crm_core.model.ids import QueueId, TeamId
from crm_core.model.ticket import Ticket

_RANK = {Role.AGENT: 0, Role.SUPERVISOR: 1, Role.ADMIN: 2}

_READ = {
    "see": Role.AGENT,
    "search": Role.AGENT,
    "history": Role.AGENT,
    "match": Role.AGENT,
    "answers": Role.AGENT,
    "reports": Role.SUPERVISOR,
    "board": Role.SUPERVISOR,
}
_WRITE = {
    "reply": Role.AGENT,
    "note": Role.AGENT,
    "mention": Role.AGENT,
    "assign": Role.AGENT,
    "take": Role.AGENT,
    "offer": Role.AGENT,
    "solve": Role.AGENT,
    "close": Role.AGENT,
    "reopen": Role.AGENT,
    "status": Role.AGENT,
    "snooze": Role.AGENT,
    "prioritise": Role.AGENT,
    "rename": Role.AGENT,
    "classify": Role.AGENT,
    "misdirect": Role.AGENT,
    "split": Role.AGENT,
    "link": Role.AGENT,
    "join": Role.AGENT,
    "merge": Role.AGENT,
    "identify": Role.AGENT,
    "consent": Role.AGENT,
    "part": Role.AGENT,
    "relate": Role.AGENT,
    "deliver": Role.AGENT,
    "open": Role.AGENT,
    "register": Role.AGENT,
    "print": Role.AGENT,
    "file": Role.AGENT,
    "duty": Role.AGENT,
    "transfer": Role.AGENT,
    "call": Role.AGENT,
    "write_answer": Role.AGENT,
    "rate": Role.AGENT,
    "macro": Role.AGENT,
    "approve": Role.SUPERVISOR,
    "macros": Role.SUPERVISOR,
    "overload": Role.SUPERVISOR,
    "move": Role.SUPERVISOR,
    "confide": Role.SUPERVISOR,
    "force_state": Role.SUPERVISOR,
    "lend": Role.SUPERVISOR,
    "broadcast": Role.SUPERVISOR,
    "hear": Role.AGENT,
    "escalate": Role.SUPERVISOR,
    "hold": Role.SUPERVISOR,
    "notices": Role.SUPERVISOR,
    "profile": Role.SUPERVISOR,
    "spam": Role.AGENT,
    "listen": Role.SUPERVISOR,
    "suspect": Role.SUPERVISOR,
}
_ADMIN = {
    "settings": Role.ADMIN,
    "inboxes": Role.ADMIN,
    "queues": Role.ADMIN,
    "catalogue": Role.ADMIN,
    "users": Role.ADMIN,
    "tokens": Role.ADMIN,
    "audit": Role.ADMIN,
    "quarantine": Role.ADMIN,
    "release": Role.ADMIN,
    "erase": Role.ADMIN,
    "lift_hold": Role.ADMIN,
    "retention": Role.ADMIN,
    "imports": Role.ADMIN,
    "export": Role.SUPERVISOR,
    "automations": Role.ADMIN,
    "promises": Role.ADMIN,
}

VERBS: Mapping[str, Role] = MappingProxyType({**_READ, **_WRITE, **_ADMIN})
"""Each verb and the least role of a person who may do it."""

SCOPES: Mapping[str, frozenset[str]] = MappingProxyType(
    {"read": frozenset(_READ), "write": frozenset(_WRITE), "admin": frozenset(_ADMIN)}
)
"""What a token may be narrowed to: a family of verbs (any single verb is a scope too)."""

WORKERS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "relay": frozenset({"relay"}),
        "router": frozenset({"see", "route"}),
        "sender": frozenset({"see", "send"}),
        "caller": frozenset({"see", "dial"}),
        "clock": frozenset({"see", "wake", "expire", "close"}),
        "recompute": frozenset({"see", "reckon"}),
        "indexer": frozenset({"see", "index"}),
        "steward": frozenset({"see", "link", "answer_all", "reown", "reports", "watch"}),
        "importer": frozenset(),
        "lookout": frozenset({"see", "board"}),
        "display": frozenset({"board"}),
        "examiner": frozenset({"see", "examine"}),
        "archivist": frozenset({"see", "forget", "track"}),
        "herald": frozenset({"tell"}),
        "teller": frozenset({"see", "forget"}),
        "reader": frozenset({"receive", "quarantine"}),
        "listener": frozenset(),
        "gateway": frozenset({"session", "duty", "file", "index", "track", "answers", "rate", "hand_out", "feedback"}),
        "operator": frozenset({"see", "file", "session", "receive", "forget", *_ADMIN}),
    }
)
"""Each worker may do only its named verbs. `operator` is the command line: whoever may start
it holds the disk with the record and the key on it."""

_INBOX = frozenset({"receive", "ask", "deliver", "signal", "feedback", "phone"})
_IMPORTER = frozenset({"see", "import"})


def scope(agent: Agent, *, queues: frozenset[QueueId]) -> frozenset[str]:
    """The keys that open things to this member of staff; none for a closed account.

    `queues` are those of their teams; for supervisors and admins the caller passes all.
    """
    if not agent.active:
        return frozenset()
    roles = {f"role:{role}" for role in Role if _RANK[role] <= _RANK[agent.role]}
    return frozenset({"staff", f"a:{agent.id}", *roles, *(f"q:{queue}" for queue in queues)})


def scope_among(agent: Agent, queues: Iterable[tuple[QueueId, TeamId]]) -> frozenset[str]:
    """The same, of these queues, each with the team that serves it."""
    everywhere = agent.role is not Role.AGENT
    return scope(agent, queues=frozenset(id for id, team in queues if everywhere or team in agent.teams))


def audience(ticket: Ticket) -> frozenset[str]:
    """The keys of all who may see the ticket. A confidential one: named people only, no role."""
    people = {f"a:{reader}" for reader in ticket.readers}
    if ticket.assignee is not None:
        people.add(f"a:{ticket.assignee}")
    return frozenset(people) if ticket.confidential else frozenset({f"q:{ticket.queue}", *people})


def sees(scope: frozenset[str], *, audience: frozenset[str]) -> bool:
    """Whether one key fits: all that a socket asks for each event."""
    return not scope.isdisjoint(audience)


def may(role: Role, *, to: str) -> bool:
    """Whether this role may do this at all, to what they can see. For screens that hide a button."""
    least = VERBS.get(to)
    return least is not None and _RANK[role] >= _RANK[least]


def permit(
    actor: Actor,
    *,
    to: str,
    agent: Agent | None,
    scope: frozenset[str],
    audience: frozenset[str] | None,
) -> None:
    """Let it pass, or raise NotFound (not visible, whatever the verb) or Forbidden (visible, not allowed).

    `agent` is the account behind a person's actor as it is now: their own, a token's
    owner, an automation's publisher. `audience` is that of the thing, None where the
    verb is about the house and no thing is named. Parts of the product (workers,
    inboxes, importers) see everything and may do only what their table names.
    """
    if actor.kind in (ActorKind.AGENT, ActorKind.CLIENT, ActorKind.AUTOMATION):
        _permit_person(actor, to=to, agent=agent, scope=scope, audience=audience)
    elif to not in _verbs_of(actor):
        if actor.kind is ActorKind.CITIZEN:
            raise NotFound
        raise Forbidden(f"{actor.kind.value} {actor.id} may not do this: {to}.")


def _permit_person(
    actor: Actor,
    *,
    to: str,
    agent: Agent | None,
    scope: frozenset[str],
    audience: frozenset[str] | None,
) -> None:
    standing = agent is not None and agent.active and (actor.kind is ActorKind.AUTOMATION or agent.id == actor.id)
    if audience is not None and not (standing and sees(scope, audience=audience)):
        raise NotFound
    if agent is None or not standing:
        raise Forbidden("This account may do nothing at the moment.")
    if not may(agent.role, to=to):
        raise Forbidden(_too_low(to))
    if actor.scopes and not _in_scopes(actor.scopes, to=to):
        raise Forbidden("This token was made for less: its scopes leave this out.")


def _verbs_of(actor: Actor) -> frozenset[str]:
    match actor.kind:
        case ActorKind.WORKER:
            return WORKERS.get(actor.id, frozenset())
        case ActorKind.INBOX:
            return _INBOX
        case ActorKind.IMPORTER:
            return _IMPORTER
        case _:
            return frozenset()


def _in_scopes(scopes: frozenset[str], *, to: str) -> bool:
    return to in scopes or any(to in SCOPES[name] for name in scopes if name in SCOPES)


def _too_low(to: str) -> str:
    least = VERBS.get(to)
    return "Nobody may do this." if least is None else f"This needs the role {least.value}."
