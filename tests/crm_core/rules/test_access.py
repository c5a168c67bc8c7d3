import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.actor import Actor, ActorKind
from crm_core.model.agent import Agent, Role
from crm_core.model.errors import Forbidden, NotFound
from crm_core.model.ids import AgentId, InboxId, QueueId
from crm_core.rules import access
from tests.crm_core.rules.made import PATIENT, a_ticket, an_agent

STREETS, TAXES = QueueId("streets"), QueueId("taxes")
BOTH = frozenset({STREETS, TAXES})
EVERY_ROLE = tuple(Role)

# Written by hand from DESIGN §6, not from the table: least role for each verb people use.
EXPECTED = {
    Role.AGENT: "see search history reply note assign solve reopen snooze prioritise rename merge join deliver duty consent",
    Role.SUPERVISOR: "move force_state reports confide hold export",
    Role.ADMIN: "settings inboxes users tokens audit quarantine erase lift_hold retention imports",
}
LADDER = [
    (verb, role, EVERY_ROLE.index(role) >= EVERY_ROLE.index(least))
    for least, verbs in EXPECTED.items()
    for verb in verbs.split()
    for role in Role
]


def permitted(
    actor: Actor, *, to: str, agent: Agent | None, queues: frozenset[QueueId] = BOTH, **ticket: object
) -> None:
    scope = frozenset[str]() if agent is None else access.scope(agent, queues=queues)
    access.permit(actor, to=to, agent=agent, scope=scope, audience=access.audience(a_ticket(**ticket)))


@pytest.mark.parametrize(("verb", "role", "allowed"), LADDER)
def test_each_verb_has_a_least_role_and_every_higher_role_may_too(verb: str, role: Role, *, allowed: bool) -> None:
    tom = an_agent(role=role)
    if allowed:
        permitted(Actor.agent(tom.id), to=verb, agent=tom)
    else:
        with pytest.raises(Forbidden):
            permitted(Actor.agent(tom.id), to=verb, agent=tom)
    assert access.may(role, to=verb) is allowed


def test_a_ticket_of_another_queue_does_not_exist_for_an_agent() -> None:
    tom = an_agent()
    with pytest.raises(NotFound):
        permitted(Actor.agent(tom.id), to="see", agent=tom, queues=frozenset({TAXES}))


def test_not_existing_comes_before_not_allowed() -> None:
    """An agent who asks for a supervisor's verb on what they cannot see learns nothing of it."""
    tom = an_agent()
    with pytest.raises(NotFound) as hidden:
        permitted(Actor.agent(tom.id), to="move", agent=tom, queues=frozenset())
    assert hidden.value.why == NotFound().why


@pytest.mark.parametrize("how", [{"assignee": AgentId("tom")}, {"readers": frozenset({AgentId("tom")})}])
def test_who_has_a_ticket_or_was_mentioned_sees_it_in_whatever_queue(how: dict[str, object]) -> None:
    tom = an_agent()
    permitted(Actor.agent(tom.id), to="reply", agent=tom, queues=frozenset(), **how)


@pytest.mark.parametrize("role", EVERY_ROLE)
def test_a_confidential_ticket_is_for_named_people_only_whatever_the_role(role: Role) -> None:
    tom = an_agent(role=role)
    with pytest.raises(NotFound):
        permitted(Actor.agent(tom.id), to="see", agent=tom, confidential=True)
    permitted(Actor.agent(tom.id), to="see", agent=tom, confidential=True, readers=frozenset({tom.id}))


def test_a_closed_account_sees_nothing_and_may_nothing() -> None:
    tom = an_agent(role=Role.ADMIN, active=False)
    assert access.scope(tom, queues=BOTH) == frozenset()
    with pytest.raises(NotFound):
        permitted(Actor.agent(tom.id), to="see", agent=tom)
    with pytest.raises(Forbidden):
        access.permit(Actor.agent(tom.id), to="settings", agent=tom, scope=frozenset(), audience=None)


def test_an_account_of_somebody_else_opens_nothing() -> None:
    tom = an_agent(role=Role.ADMIN)
    with pytest.raises(NotFound):
        permitted(Actor.agent(AgentId("eve")), to="see", agent=tom)


def test_a_scope_holds_all_roles_up_to_ones_own() -> None:
    boss = an_agent(id=AgentId("boss"), role=Role.SUPERVISOR)
    assert access.scope(boss, queues=frozenset({TAXES})) == {
        "staff",
        "a:boss",
        "role:agent",
        "role:supervisor",
        "q:taxes",
    }


def test_the_audience_of_a_ticket_is_its_queue_and_its_people() -> None:
    ticket = a_ticket(assignee=AgentId("tom"), readers=frozenset({AgentId("li")}))
    assert access.audience(ticket) == {"q:streets", "a:tom", "a:li"}


@pytest.mark.parametrize(
    ("scopes", "verb", "allowed"),
    [
        (set(), "reply", True),
        ({"read"}, "see", True),
        ({"read"}, "reply", False),
        ({"write"}, "reply", True),
        ({"write"}, "see", False),
        ({"read", "note"}, "note", True),
        ({"read", "note"}, "reply", False),
        ({"everything"}, "see", False),
    ],
)
def test_a_token_has_its_owners_rights_narrowed_by_scopes(scopes: set[str], verb: str, *, allowed: bool) -> None:
    tom = an_agent()
    client = Actor.client(tom.id, scopes=frozenset(scopes))
    if allowed:
        permitted(client, to=verb, agent=tom)
    else:
        with pytest.raises(Forbidden):
            permitted(client, to=verb, agent=tom)


def test_no_scope_lifts_a_token_above_its_owner() -> None:
    tom = an_agent()
    with pytest.raises(Forbidden):
        permitted(Actor.client(tom.id, scopes=frozenset({"admin", "settings"})), to="settings", agent=tom)


def test_an_automation_has_the_rights_its_publisher_has_now() -> None:
    rule = Actor(ActorKind.AUTOMATION, "close-old-ones")
    permitted(rule, to="move", agent=an_agent(role=Role.SUPERVISOR))
    with pytest.raises(Forbidden):
        permitted(rule, to="move", agent=an_agent(role=Role.AGENT))
    with pytest.raises(NotFound):
        permitted(rule, to="move", agent=None)


def test_an_inbox_may_receive_and_nothing_that_people_do() -> None:
    mailbox = Actor.inbox(InboxId("hello"))
    access.permit(mailbox, to="receive", agent=None, scope=frozenset(), audience=None)
    for verb in access.VERBS.keys() - {"deliver"}:
        with pytest.raises(Forbidden):
            permitted(mailbox, to=verb, agent=None)


@pytest.mark.parametrize("name", access.WORKERS)
def test_a_worker_may_do_only_its_named_verbs(name: str) -> None:
    own = access.WORKERS[name]
    for verb in own:
        permitted(Actor.worker(name), to=verb, agent=None)
    for verb in ({*access.VERBS, "receive", "relay", "send", "route"}) - own:
        with pytest.raises(Forbidden):
            permitted(Actor.worker(name), to=verb, agent=None)


@pytest.mark.parametrize("actor", [Actor.worker("stranger"), Actor.importer("city"), Actor(ActorKind.CITIZEN, "ana")])
def test_whoever_has_no_row_for_a_verb_may_not(actor: Actor) -> None:
    with pytest.raises((Forbidden, NotFound)):
        permitted(actor, to="reply", agent=None)


@PATIENT
@given(verb=st.text(), role=st.sampled_from(EVERY_ROLE))
def test_a_verb_nobody_wrote_down_is_refused_to_everybody(verb: str, role: Role) -> None:
    if verb not in access.VERBS:
        tom = an_agent(role=role)
        with pytest.raises(Forbidden):
            permitted(Actor.agent(tom.id), to=verb, agent=tom)


@PATIENT
@given(
    queues=st.frozensets(st.sampled_from(["streets", "taxes", "parks"])),
    role=st.sampled_from(EVERY_ROLE),
    readers=st.frozensets(st.sampled_from(["tom", "li"])),
    assignee=st.sampled_from([None, "tom", "li"]),
    confidential=st.booleans(),
)
def test_seeing_is_one_key_in_common_and_nothing_else(
    *, queues: frozenset[QueueId], role: Role, readers: frozenset[AgentId], assignee: AgentId | None, confidential: bool
) -> None:
    tom = an_agent(role=role)
    ticket = a_ticket(readers=readers, assignee=assignee, confidential=confidential)
    named = tom.id in readers or assignee == tom.id
    expected = named or (STREETS in queues and not confidential)
    assert access.sees(access.scope(tom, queues=queues), audience=access.audience(ticket)) is expected
