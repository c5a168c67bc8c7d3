from datetime import timedelta
from typing import Any

from crm_core.model.agent import Capacity, Duty
from crm_core.model.ids import AgentId
from crm_core.model.work import WorkState
from routing.choose import able, choose
from routing.match import Ability
from routing.order import Kind
from routing.seat import Reach, Ring, Seat
from routing.shelf import Line, Row, Shelf
from tests.routing.people import TAX, agent

MAIL = Kind("email", live=False, units=1)
CHAT = Kind("chat", live=True, units=1)
SHELF = Shelf()
BONUS = timedelta(minutes=5)


def seat(name: str, *, shelf: Shelf = SHELF, rings: tuple[Ring, ...] = (), **changed: Any) -> Seat:
    who = agent(name, **changed)
    shelf.agents.add(who.id)
    hands = Reach(who.capacity, rings=frozenset(rings), answers_at_once=9).hands({})
    return Seat(who, ability=Ability.of(who, serves=frozenset({TAX})), shelf=shelf, hands=hands)


def ring_of(*seats: Seat) -> Ring:
    ring = Ring(MAIL)
    for each in seats:
        each.rings = frozenset({ring})
        ring.join(each)
    return ring


def line(*, excluded: frozenset[AgentId] = frozenset()) -> Line:
    return Row(MAIL, shelves={SHELF: 0}, excluded=excluded).line(2)


def chosen(*seats: Seat, preferred: Seat | None = None, refused: str | None = None) -> str | None:
    excluded = frozenset({AgentId(refused)} if refused else set())
    best = choose(ring_of(*seats), line(excluded=excluded), preferred, BONUS)
    return None if best is None else best.agent.id


def test_the_longest_idle_is_chosen() -> None:
    assert chosen(seat("ana", idle=10), seat("ben", idle=60), seat("cid", idle=30)) == "ben"


def test_equally_idle_agents_are_chosen_by_id() -> None:
    assert chosen(seat("ben"), seat("ana")) == "ana"


def test_who_had_it_last_is_chosen_if_not_much_less_idle() -> None:
    ben = seat("ben", idle=0)
    assert chosen(seat("ana", idle=299), ben, preferred=ben) == "ben"
    assert chosen(seat("ana", idle=301), ben, preferred=ben) == "ana"


def test_a_preferred_agent_who_is_not_there_changes_nothing() -> None:
    assert chosen(seat("ana"), preferred=seat("zoe", idle=900)) == "ana"


def test_who_refused_is_passed_over_even_if_preferred() -> None:
    ana = seat("ana", idle=90)
    assert chosen(ana, seat("ben"), preferred=ana, refused="ana") == "ben"


def test_who_is_not_able_is_passed_over() -> None:
    assert chosen(seat("ana", idle=90, shelf=Shelf()), seat("ben")) == "ben"
    assert chosen(seat("ana", shelf=Shelf())) is None


def test_a_ring_has_who_is_idle_longest_first() -> None:
    ana, ben = seat("ana", idle=60), seat("ben", idle=90)
    ring = ring_of(ana, ben)
    assert [place[2] for place in ring.free[SHELF]] == ["ben", "ana"]
    ring.leave(ben)
    assert [place[2] for place in ring.free[SHELF]] == ["ana"]
    ring.leave(ana)
    assert ring.free == {}


def test_room_is_counted_in_all_and_on_the_channel() -> None:
    mail, chat = Ring(MAIL), Ring(CHAT)
    busy = seat("ana", capacity=Capacity(3, {"email": 2}), rings=(mail, chat))
    before = busy.hands
    for ring in (mail, chat):
        busy.hands = busy.hands.more[ring.active]
    assert busy.has_room(MAIL)
    assert not busy.has_room(Kind("email", live=False, units=2))
    assert busy.hands.rings == {mail, chat}
    busy.hands = busy.hands.fewer[chat.active].more[mail.active]
    assert not busy.has_room(MAIL)
    assert busy.has_room(CHAT)
    assert busy.hands.rings == {chat}
    assert busy.hands.fewer[mail.active].fewer[mail.active] is before, "equal hands are the same"


def test_who_looks_at_an_answer_gets_no_other_and_who_wraps_up_gets_nothing() -> None:
    mail, chat = Ring(MAIL), Ring(CHAT)
    hands = Reach(Capacity(9, {}), rings=frozenset({mail, chat}), answers_at_once=1).hands({})
    assert hands.more[mail.offered].rings == {chat}
    assert hands.more[chat.offered].rings == {mail, chat}, "nobody takes their time over a chat"
    assert hands.more[mail.piece(WorkState.WRAPPING)].rings == frozenset()
    assert hands.more[mail.offered].fewer[mail.offered].more[mail.active].rings == {mail, chat}


def test_a_call_comes_on_top_of_what_is_written_one_at_a_time_unless_the_channel_allows_more() -> None:
    call, missed = (Ring(Kind("voice", live=live, units=units)) for live, units in ((True, 4), (False, 1)))
    letter = Ring(MAIL).active
    one, two = seat("ana", capacity=Capacity(100, {})), seat("ben", capacity=Capacity(100, {"voice": 8}))
    full = seat("cleo", capacity=Capacity(2, {}))
    full.hands = full.hands.more[letter].more[letter]
    assert full.has_room(call.kind), "nobody on the telephone waits for a letter to be answered"
    full.hands = full.hands.more[call.active].fewer[letter]
    assert not full.has_room(MAIL), "nor is anybody asked to write while they speak"
    full.hands = full.hands.fewer[call.active].more[missed.active]
    assert full.has_room(call.kind), "nor for a missed one to be called back"
    for each in (one, two):
        assert each.has_room(call.kind)
        each.hands = each.hands.more[call.active]
    assert not one.has_room(call.kind)
    assert one.has_room(MAIL)
    assert two.has_room(call.kind)


def test_only_available_agents_with_an_open_account_are_ready() -> None:
    assert [duty for duty in Duty if seat("ana", duty=duty).ready] == [Duty.AVAILABLE]
    assert not seat("ana", active=False).ready
    assert seat("ana", active=False).gone
    assert seat("ana", duty=Duty.OFFLINE).gone
    assert not seat("ana", duty=Duty.LUNCH).gone


def test_where_few_are_able_the_longest_idle_of_them_is_found_among_many_who_are_not() -> None:
    rare = Shelf()
    many = [seat(f"agent-{number}", idle=500) for number in range(20)]
    able_ones = [seat(name, idle=idle, shelf=rare) for name, idle in (("ana", 10), ("ben", 60), ("cid", 90))]
    few = Row(MAIL, shelves={rare: 0}, excluded=frozenset({AgentId("cid")})).line(2)
    best = choose(ring_of(*many, *able_ones), few, None, BONUS)
    assert best is not None
    assert best.agent.id == "ben"


def test_of_a_large_team_a_few_are_enough_and_who_had_it_last_is_always_among_them() -> None:
    seats = [seat(f"agent-{number:02}", idle=number) for number in range(20)]
    ring, few = ring_of(*seats), line(excluded=frozenset({AgentId("agent-19")}))
    found = [each.id for each in able(ring, few, most=3, preferred=seats[0])]
    assert found == ["agent-18", "agent-17", "agent-16", "agent-00"]
    assert len(able(ring, few, most=3, preferred=seats[19])) == 3, "they refused it"
    assert len(able(ring, few, most=3, preferred=seats[18])) == 3, "nobody is there twice"
