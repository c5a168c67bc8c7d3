"""By which ways an answer goes: never where nobody showed that they read, never where they asked for none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.address import Address
from crm_core.model.house import House
from crm_core.model.ids import ConversationId, InboxId, MessageId, QueueId, TicketId
from crm_core.model.inbox import Capabilities, Inbox
from crm_core.model.message import Attachment, Delivery, Direction, Message
from crm_core.model.plan import Lost
from crm_core.model.preferences import Contacting, DoNot
from crm_core.model.ticket import Conversation, Status
from crm_core.rules import ways
from crm_core.rules.preferences import Wishes
from crm_core.rules.ways import AskSomebody, Bar, Doubt, Instead, Misfit, Place, Reach
from tests.crm_core.rules.made import a_ticket

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FREE = Wishes(None, None, (), (), ())
MAIL = Address.mail("wei@example.org")
WORK = Address.mail("wei@office.example")
PHONE = Address.phone("+15550142")

CAN = {
    "letters": Capabilities(html=True, files=True, subject=True, threads=True, order=1),
    "texts": Capabilities(length=160, parts=3, order=2),
    "talk": Capabilities(live=True, starts=False, window=timedelta(hours=1), order=3),
    "paper": Capabilities(starts=False, replies=False, order=4),
    "board": Capabilities(public=True, order=5),
}
SCHEMES = {"letters": "mailto", "texts": "tel", "talk": "tel", "paper": "", "board": "public"}


def inbox(channel: str, *, active: bool = True) -> Inbox:
    return Inbox(InboxId(f"i-{channel}"), channel, channel.title(), QueueId("q"), None, {}, active, NOW)


def house(*, off: frozenset[str] = frozenset()) -> House:
    inboxes = {one.id: one for one in (inbox(name, active=name not in off) for name in CAN)}
    return House({}, {}, {}, {}, inboxes, CAN, SCHEMES, (b"k" * 32,), "larkhaven.example")


def strand(address: Address, channel: str, *, wrote: datetime | None = NOW - timedelta(minutes=5)) -> Conversation:
    id = ConversationId(f"c-{channel}-{address.value}")
    return Conversation(id, TicketId("t"), InboxId(f"i-{channel}"), address, None, "About", NOW, wrote)


def reach(*places: Place, strands: tuple[Conversation, ...] = (), wishes: Wishes = FREE, **more: Any) -> Reach:
    return Reach(places=places, strands=strands, wishes=wishes, at=NOW, zone="UTC", **more)


def found(*places: Place, **more: Any) -> list[ways.Way]:
    return ways.ways(reach(*places, **more), house=house())


PROVEN = {address: Place(address=address, proven=True) for address in (MAIL, WORK, PHONE)}


def test_each_proven_address_is_a_way_by_each_inbox_that_may_begin_there() -> None:
    every = found(PROVEN[MAIL], PROVEN[PHONE])
    assert [(way.inbox.channel, way.address) for way in every if way.open] == [("letters", MAIL), ("texts", PHONE)]
    assert [(way.inbox.channel, way.bar) for way in every if not way.open] == [("talk", Bar.CANNOT_START)]


def test_nothing_goes_to_an_address_that_is_only_claimed() -> None:
    [way] = found(Place(address=MAIL))
    assert (way.bar, way.open) == (Bar.CLAIMED, False)
    assert "code or link" in way.why


def test_a_form_is_answered_at_the_address_it_gave_though_nobody_proved_it() -> None:
    [way] = found(Place(address=MAIL), strands=(strand(MAIL, "paper"),))
    assert (way.inbox.channel, way.open) == ("letters", True)


def test_a_service_that_wants_it_has_an_address_typed_into_its_form_confirmed_before_it_is_answered() -> None:
    typed, wrote = strand(MAIL, "paper"), strand(MAIL, "letters")
    [way] = found(Place(address=MAIL), strands=(typed,), confirm=True)
    assert way.bar is Bar.CLAIMED
    [way] = found(PROVEN[MAIL], strands=(typed,), confirm=True)
    assert way.open
    [way] = found(Place(address=MAIL), strands=(wrote,), confirm=True)
    assert way.open, "who wrote from there reads there"


def test_nothing_goes_to_somebody_who_may_not_speak_for_them() -> None:
    [way] = found(Place(address=MAIL, proven=True, theirs=False), strands=(strand(MAIL, "letters"),))
    assert way.bar is Bar.NOT_THEIRS


def test_what_everybody_can_read_is_said_only_where_somebody_chooses_it_or_nothing_else_is_open() -> None:
    board, never = Address("public", "ON-4F7K-2931"), replace(FREE, do_not=(DoNot(Contacting.ANY),))
    filed = (strand(MAIL, "paper"), strand(board, "board", wrote=None))
    both = found(Place(address=MAIL), Place(address=board), strands=filed)
    assert [(way.inbox.channel, way.open, way.doubt) for way in both] == [
        ("letters", True, None),
        ("board", True, Doubt.PUBLIC),
    ]
    usual = ways.usual(both, live=False)
    assert usual is not None
    assert usual.address == MAIL
    [alone] = found(Place(address=board), strands=filed[1:], wishes=never)
    assert ways.usual([alone], live=False) == alone


def test_a_wish_for_no_messages_bars_every_way_and_says_whose_wish_it_was() -> None:
    never = replace(FREE, do_not=(DoNot(Contacting.ANY),))
    [way] = found(PROVEN[MAIL], wishes=never)
    assert (way.bar, way.why) == (Bar.OPTED_OUT, "they asked for no messages")


def test_their_hours_do_not_bar_a_way_they_only_make_it_wait() -> None:
    evening = replace(FREE, do_not=(DoNot(Contacting.ANY, before=18 * 60),))
    [way] = found(PROVEN[MAIL], wishes=evening)
    assert way.open
    assert way.later == NOW.replace(hour=18)


@pytest.mark.parametrize(("minutes", "bar"), [(59, None), (61, Bar.WINDOW)])
def test_a_window_to_answer_closes(minutes: int, bar: Bar | None) -> None:
    here = strand(PHONE, "talk", wrote=NOW - timedelta(minutes=minutes))
    talk = next(way for way in found(PROVEN[PHONE], strands=(here,)) if way.inbox.channel == "talk")
    assert talk.bar is bar


@pytest.mark.parametrize(("minutes", "bar"), [(59, None), (61, Bar.WINDOW)])
@pytest.mark.parametrize("here", [(), (strand(PHONE, "talk", wrote=NOW - timedelta(days=3)),)])
def test_a_window_that_another_matter_opened_is_open_in_this_one(
    here: tuple[Conversation, ...], minutes: int, bar: Bar | None
) -> None:
    lately = {(PHONE, InboxId("i-talk")): NOW - timedelta(minutes=minutes)}
    talk = next(way for way in found(PROVEN[PHONE], strands=here, lately=lately) if way.inbox.channel == "talk")
    assert talk.bar is bar
    elsewhere = {(PHONE, InboxId("i-other")): NOW}
    other = next(way for way in found(PROVEN[PHONE], strands=here, lately=elsewhere) if way.inbox.channel == "talk")
    assert other.bar is (Bar.WINDOW if here else Bar.CANNOT_START), "it is this inbox that they wrote to"


def test_a_window_opens_no_address_that_nobody_showed_to_be_theirs() -> None:
    lately = {(PHONE, InboxId("i-talk")): NOW}
    talk = next(way for way in found(Place(address=PHONE), lately=lately) if way.inbox.channel == "talk")
    assert talk.bar is Bar.CLAIMED


def test_an_inbox_that_is_switched_off_is_named_only_where_they_wrote_there() -> None:
    off = frozenset({"letters"})
    assert ways.ways(reach(PROVEN[MAIL]), house=house(off=off)) == []
    [way] = ways.ways(reach(PROVEN[MAIL], strands=(strand(MAIL, "letters"),)), house=house(off=off))
    assert way.bar is Bar.SWITCHED_OFF


def test_what_they_asked_for_comes_before_where_they_last_wrote() -> None:
    wishes = replace(FREE, channel="texts")
    here = (strand(MAIL, "letters"),)
    assert _usual(PROVEN[MAIL], PROVEN[PHONE], strands=here, wishes=wishes).inbox.channel == "texts"
    assert _usual(PROVEN[MAIL], PROVEN[PHONE], strands=here).inbox.channel == "letters"


def test_what_they_asked_for_does_not_count_where_it_is_only_claimed() -> None:
    wishes = replace(FREE, channel="texts")
    here = (strand(MAIL, "letters"),)
    assert _usual(PROVEN[MAIL], Place(address=PHONE), strands=here, wishes=wishes).inbox.channel == "letters"


def test_who_is_talking_with_us_right_now_is_answered_there() -> None:
    here = (strand(MAIL, "letters", wrote=NOW - timedelta(hours=2)), strand(PHONE, "talk"))
    wishes = replace(FREE, channel="letters")
    assert _usual(PROVEN[MAIL], PROVEN[PHONE], strands=here, wishes=wishes, live=True).inbox.channel == "talk"


def test_of_two_addresses_the_one_they_last_wrote_from() -> None:
    here = (strand(MAIL, "letters", wrote=NOW - timedelta(hours=2)), strand(WORK, "letters"))
    assert _usual(PROVEN[MAIL], PROVEN[WORK], strands=here).address == WORK


def test_where_the_last_message_failed_is_chosen_only_if_there_is_nothing_else() -> None:
    failed = replace(PROVEN[MAIL], failed=True)
    here = (strand(MAIL, "letters"),)
    assert _usual(failed, PROVEN[PHONE], strands=here).inbox.channel == "texts"
    alone = _usual(failed, strands=here)
    assert (alone.inbox.channel, alone.doubt) == ("letters", Doubt.FAILED)


def _usual(*places: Place, live: bool = False, **more: Any) -> ways.Way:
    chosen = ways.usual(found(*places, **more), live=live)
    assert chosen is not None
    return chosen


@pytest.mark.parametrize(
    ("channel", "said", "lost"),
    [
        ("letters", {"text": "x" * 9000, "html": "<b>x</b>", "files": 9}, []),
        ("texts", {"text": "x" * 467, "html": None, "files": 0}, []),
        ("texts", {"text": "x" * 468, "html": None, "files": 0}, [Misfit.LENGTH]),
        ("texts", {"text": "x", "html": "<b>x</b>", "files": 1}, [Misfit.FORMAT, Misfit.FILES]),
        ("texts", {"text": "x" * 387, "files": 1}, [Misfit.FILES]),
        ("texts", {"text": "x" * 388, "files": 1}, [Misfit.FILES, Misfit.LENGTH]),
        ("letters", {"text": "x" * 388, "files": 1}, []),
    ],
)
def test_what_a_way_cannot_carry(channel: str, said: dict[str, Any], lost: list[Misfit]) -> None:
    """480 characters in three texts, of which the number takes 12, and the space before it one; a link to files takes 80 where they go by one."""
    assert ways.misfits(CAN[channel], ways.Load(number="ON-4F7K-2931", link=80, **said)) == lost


# ---------------------------------------------------------------- when it did not arrive


def failed(**changes: Any) -> Message:
    message = Message(
        MessageId("m"),
        TicketId("t"),
        None,
        Direction.OUT,
        "letters",
        "Anna",
        "Come on Monday.",
        NOW - timedelta(minutes=1),
        2,
        address=MAIL,
        inbox=InboxId("i-letters"),
        delivery=Delivery.FAILED,
    )
    return replace(message, **changes)


def _instead(
    *places: Place, message: Message | None = None, wrote: datetime | None = None, link: int = 0, **row: Any
) -> Any:
    every = found(*places)
    return ways.instead(message or failed(), ticket=a_ticket(**row), found=every, live_since=wrote, link=link)


def test_words_that_did_not_arrive_go_another_proven_way() -> None:
    chosen = _instead(replace(PROVEN[MAIL], failed=True), PROVEN[PHONE])
    assert isinstance(chosen, Instead)
    assert (chosen.way.inbox.channel, chosen.way.address) == ("texts", PHONE)


@pytest.mark.parametrize(
    ("place", "why"),
    [
        (Place(address=PHONE), Lost.NO_OTHER_WAY),
        (replace(PROVEN[PHONE], shared=True), Lost.NO_OTHER_WAY),
        (replace(PROVEN[PHONE], speaker="Her daughter"), Lost.NO_OTHER_WAY),
        (replace(PROVEN[PHONE], failed=True), Lost.NO_OTHER_WAY),
    ],
    ids=["claimed", "shared", "somebody who speaks for them", "failed there too"],
)
def test_they_never_go_by_themselves_where_somebody_else_may_read_them(place: Place, why: Lost) -> None:
    assert _instead(replace(PROVEN[MAIL], failed=True), place) == AskSomebody(why)


def test_they_never_go_in_pieces() -> None:
    assert _instead(PROVEN[PHONE], message=failed(text="x" * 500)) == AskSomebody(Lost.DOES_NOT_FIT)
    pictures = (Attachment(id=None, name="a", type="image/png", size=1, digest="d"),)  # type: ignore[arg-type]
    whole = _instead(PROVEN[PHONE], message=failed(attachments=pictures), link=80)
    assert isinstance(whole, Instead), "its files go as a link"
    long = failed(text="x" * 420, attachments=pictures)
    assert isinstance(_instead(PROVEN[PHONE], message=long), Instead)
    assert _instead(PROVEN[PHONE], message=long, link=80) == AskSomebody(Lost.DOES_NOT_FIT), (
        "with the link it is too long"
    )


def test_who_wrote_since_is_answered_by_a_person() -> None:
    assert _instead(PROVEN[PHONE], wrote=NOW) == AskSomebody(Lost.THEY_WROTE)


def test_a_confidential_or_closed_matter_goes_nowhere_by_itself() -> None:
    assert _instead(PROVEN[PHONE], confidential=True) == AskSomebody(Lost.CONFIDENTIAL)
    assert _instead(PROVEN[PHONE], status=Status.CLOSED) == AskSomebody(Lost.CLOSED)


# ---------------------------------------------------------------- whatever is on record

addresses = st.sampled_from([MAIL, WORK, PHONE])
places = st.builds(
    Place,
    address=addresses,
    proven=st.booleans(),
    shared=st.booleans(),
    theirs=st.booleans(),
    speaker=st.sampled_from([None, "Her daughter"]),
    failed=st.booleans(),
)
moments = st.sampled_from([None, NOW - timedelta(days=3), NOW - timedelta(minutes=3)])
strands = st.builds(strand, addresses, st.sampled_from(sorted(CAN)), wrote=moments)
do_nots = st.builds(
    DoNot,
    st.sampled_from(list(Contacting)),
    before=st.sampled_from([None, 8 * 60, 13 * 60]),
    after=st.sampled_from([None, 10 * 60, 20 * 60]),
)
wishes_ = st.builds(
    lambda channel, do_not: replace(FREE, channel=channel, do_not=tuple(do_not)),
    st.sampled_from([None, *sorted(CAN)]),
    st.lists(do_nots, max_size=2),
)
reaches = st.builds(
    lambda listed, known, wishes, live: reach(
        *{place.address: place for place in listed}.values(), strands=tuple(known), wishes=wishes, live=live
    ),
    st.lists(places, max_size=3),
    st.lists(strands, max_size=4),
    wishes_,
    st.booleans(),
)


@given(reaches)
def test_no_answer_is_ever_chosen_for_an_address_that_is_only_claimed_or_where_they_asked_for_none(
    known: Reach,
) -> None:
    heard = {one.address for one in known.strands if one.last_inbound_at is not None}
    never = {wish.what for wish in known.wishes.do_not if wish.before is None and wish.after is None}
    chosen = ways.usual(ways.ways(known, house=house()), live=known.live)
    if chosen is None:
        return
    assert chosen.place.proven or chosen.address in heard
    assert chosen.place.theirs
    assert Contacting.ANY not in never
    assert Contacting.WRITING not in never


@given(reaches)
def test_a_stated_and_proven_wish_is_the_usual_way_unless_they_talk_with_us_now(known: Reach) -> None:
    every = ways.ways(known, house=house())
    wished = [way for way in every if way.open and way.preferred and way.doubt is None]
    chosen = ways.usual(every, live=known.live)
    if wished:
        assert chosen is not None
        assert chosen.preferred or (known.live and chosen.can.live)


@given(reaches)
def test_every_way_that_is_barred_says_why(known: Reach) -> None:
    assert [way for way in ways.ways(known, house=house()) if not way.open and not way.why] == []


@given(reaches, st.text(max_size=600))
def test_what_stands_in_for_lost_words_is_their_own_proven_and_another_address(known: Reach, text: str) -> None:
    lost = failed(text=text)
    chosen = ways.instead(lost, ticket=a_ticket(), found=ways.ways(known, house=house()), live_since=None)
    if isinstance(chosen, Instead):
        place = chosen.way.place
        assert place.proven
        assert place.theirs
        assert (place.shared, place.failed, place.speaker) == (False, False, None)
        assert (chosen.way.inbox.id, place.address) != (lost.inbox, lost.address)
        assert not ways.misfits(chosen.way.can, ways.Load(text=text, number=a_ticket().number))


@given(reaches)
def test_of_several_inboxes_for_an_address_one_is_offered_and_it_is_the_one_an_answer_takes(known: Reach) -> None:
    second = replace(inbox("letters"), id=InboxId("i-more"), created_at=NOW - timedelta(days=9))
    here = house()
    several = replace(here, inboxes={**here.inboxes, second.id: second})
    every = ways.ways(known, house=several)
    offered = ways.distinct(every)
    places = [(way.inbox.channel, way.address) for way in offered]
    assert len(places) == len(set(places))
    assert set(places) == {(way.inbox.channel, way.address) for way in every}
    usual = ways.usual(every, live=known.live)
    assert usual is None or usual in offered
