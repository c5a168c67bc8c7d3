from datetime import timedelta
from typing import Any

from crm_core.model.agent import Capacity, Duty
from crm_core.model.ids import AgentId
from routing.choose import Ring, Seat, able, choose
from routing.match import Ability
from routing.order import Kind, Line, Shelf, Sort
from tests.routing.people import TAX, agent

MAIL = Kind("email", live=False, units=1)
CHAT = Kind("chat", live=True, units=1)
SHELF = Shelf()
BONUS = timedelta(minutes=5)


def seat(name: str, *, shelf: Shelf = SHELF, **changed: Any) -> Seat:
    who = agent(name, **changed)
    shelf.agents.add(who.id)
    return Seat(who, ability=Ability.of(who, serves=frozenset({TAX})), shelf=shelf)


def line(*, excluded: frozenset[AgentId] = frozenset()) -> Line:
    return Line(Sort(MAIL, 2), shelves={SHELF: 0}, excluded=excluded)


def chosen(*seats: Seat, preferred: str | None = None, refused: str | None = None) -> str | None:
    ring = Ring()
    for each in seats:
        ring.put(each)
    excluded = frozenset({AgentId(refused)} if refused else set())
    best = choose(ring, line=line(excluded=excluded), preferred=AgentId(preferred) if preferred else None, bonus=BONUS)
    return None if best is None else best.agent.id


def test_the_longest_idle_is_chosen() -> None:
    assert chosen(seat("ana", idle=10), seat("ben", idle=60), seat("cid", idle=30)) == "ben"


def test_equally_idle_agents_are_chosen_by_id() -> None:
    assert chosen(seat("ben"), seat("ana")) == "ana"


def test_who_had_it_last_is_chosen_if_not_much_less_idle() -> None:
    assert chosen(seat("ana", idle=299), seat("ben", idle=0), preferred="ben") == "ben"
    assert chosen(seat("ana", idle=301), seat("ben", idle=0), preferred="ben") == "ana"


def test_a_preferred_agent_who_is_not_there_changes_nothing() -> None:
    assert chosen(seat("ana"), preferred="zoe") == "ana"


def test_who_refused_is_passed_over_even_if_preferred() -> None:
    assert chosen(seat("ana", idle=90), seat("ben"), preferred="ana", refused="ana") == "ben"


def test_who_is_not_able_is_passed_over() -> None:
    assert chosen(seat("ana", idle=90, shelf=Shelf()), seat("ben")) == "ben"
    assert chosen(seat("ana", shelf=Shelf())) is None


def test_the_ring_moves_an_agent_whose_idle_time_changed() -> None:
    ring, ana, ben = Ring(), seat("ana", idle=90), seat("ben", idle=60)
    assert ring.put(ana)
    assert ring.put(ben)
    ana.idle_since += timedelta(seconds=60)
    assert not ring.put(ana), "they were there before"
    assert [place[2] for place in ring.free[SHELF]] == ["ben", "ana"]
    ring.drop(AgentId("ben"))
    ring.drop(AgentId("ben"))
    assert [place[2] for place in ring.free[SHELF]] == ["ana"]


def test_room_is_counted_in_all_and_on_the_channel() -> None:
    busy = seat("ana", capacity=Capacity(3, {"email": 2}))
    for kind in (MAIL, CHAT):
        busy.carry(kind, sign=1)
    assert busy.has_room(MAIL)
    assert not busy.has_room(Kind("email", live=False, units=2))
    busy.carry(CHAT, sign=-1)
    busy.carry(MAIL, sign=1)
    assert not busy.has_room(MAIL)
    assert busy.has_room(CHAT)


def test_a_call_comes_on_top_of_what_is_written_one_at_a_time_unless_the_channel_allows_more() -> None:
    call = Kind("voice", live=True, units=4)
    one, two = seat("ana", capacity=Capacity(100, {})), seat("ben", capacity=Capacity(100, {"voice": 8}))
    full = seat("cleo", capacity=Capacity(2, {}))
    for _ in range(2):
        full.carry(MAIL, sign=1)
    assert full.has_room(call), "nobody on the telephone waits for a letter to be answered"
    full.carry(call, sign=1)
    full.carry(MAIL, sign=-1)
    assert not full.has_room(MAIL), "nor is anybody asked to write while they speak"
    full.carry(call, sign=-1)
    full.carry(Kind("voice", live=False, units=1), sign=1)
    assert full.has_room(call), "nor for a missed one to be called back"
    for each in (one, two):
        assert each.has_room(call)
        each.carry(call, sign=1)
    assert not one.has_room(call)
    assert one.has_room(MAIL)
    assert two.has_room(call)


def test_only_available_agents_with_an_open_account_are_ready() -> None:
    assert [duty for duty in Duty if seat("ana", duty=duty).ready] == [Duty.AVAILABLE]
    assert not seat("ana", active=False).ready
    assert seat("ana", active=False).gone
    assert seat("ana", duty=Duty.OFFLINE).gone
    assert not seat("ana", duty=Duty.LUNCH).gone


def test_where_few_are_able_the_longest_idle_of_them_is_found_among_many_who_are_not() -> None:
    rare = Shelf()
    ring = Ring()
    for number in range(20):
        ring.put(seat(f"agent-{number}", idle=500))
    for name, idle in (("ana", 10), ("ben", 60), ("cid", 90)):
        ring.put(seat(name, idle=idle, shelf=rare))
    few = Line(Sort(MAIL, 2), shelves={rare: 0}, excluded=frozenset({AgentId("cid")}))
    best = choose(ring, line=few, preferred=None, bonus=BONUS)
    assert best is not None
    assert best.agent.id == "ben"


def test_of_a_large_team_a_few_are_enough_and_who_had_it_last_is_always_among_them() -> None:
    ring = Ring()
    for number in range(20):
        ring.put(seat(f"agent-{number:02}", idle=number))
    few = line(excluded=frozenset({AgentId("agent-19")}))
    found = [each.id for each in able(ring, few, most=3, preferred=AgentId("agent-00"))]
    assert found == ["agent-18", "agent-17", "agent-16", "agent-00"]
    assert len(able(ring, few, most=3, preferred=AgentId("agent-19"))) == 3, "they refused it"
    assert len(able(ring, few, most=3, preferred=AgentId("agent-18"))) == 3, "nobody is there twice"
