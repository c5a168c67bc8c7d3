from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_core.model.address import Address
from crm_core.model.ids import ConversationId, CustomerId, MessageId, TicketId
from crm_core.model.ticket import Status, Ticket
from crm_core.rules import signs
from crm_core.rules.threading import Arrival, Continue, New, Reopen, Strand, decide
from tests.crm_core.rules.made import ANA, MALLORY, MONDAY, PATIENT, a_strand, a_ticket
from tests.scale import examples

DAY = timedelta(days=1)


def a_mail(**changes: Any) -> Arrival:
    given: dict[str, Any] = {"sender": ANA, "proven": True, "at": MONDAY, "threads": True}
    return Arrival(**(given | changes))


def a_text(**changes: Any) -> Arrival:
    return a_mail(threads=False, **changes)


def solved(days_ago: int, **changes: Any) -> Strand:
    return a_strand(a_ticket(status=Status.SOLVED, solved_at=MONDAY - days_ago * DAY, **changes))


def other_strand(sender: Address) -> Strand:
    return Strand(a_ticket(id=TicketId("other")), ConversationId("other"), frozenset({sender}))


@pytest.mark.parametrize(
    "arrival",
    [
        a_mail(signed=(a_strand(),)),
        a_mail(signed=(a_strand(),), proven=False),  # the token is proof enough that they got our mail
        a_mail(referenced=(a_strand(),)),
        a_mail(live=a_strand(), proven=False),
        a_text(current=a_strand()),
    ],
    ids=["token", "token, not proven", "reference", "session", "text"],
)
def test_what_has_a_right_to_a_ticket_goes_on_in_it(arrival: Arrival) -> None:
    place = decide(arrival)
    assert isinstance(place, Continue)
    assert (place.ticket, place.conversation) == ("t1", "strand")
    assert place.why


def test_a_number_joins_only_for_somebody_proven_who_takes_part() -> None:
    assert isinstance(decide(a_mail(numbered=(a_strand(),))), Continue)
    assert isinstance(decide(a_mail(numbered=(a_strand(),), proven=False)), New)
    assert isinstance(decide(a_mail(numbered=(a_strand(),), sender=MALLORY)), New)


@pytest.mark.parametrize(
    "arrival",
    [
        a_mail(signed=(a_strand(),), sender=MALLORY),
        a_mail(referenced=(a_strand(),), proven=False),
        a_mail(referenced=(a_strand(),), sender=MALLORY),
        a_text(current=a_strand(), proven=False),
    ],
    ids=["token of another", "forged sender", "guessed reference", "forged text"],
)
def test_what_only_points_at_a_ticket_is_a_new_one_that_names_it_for_the_agent(arrival: Arrival) -> None:
    place = decide(arrival)
    assert isinstance(place, New)
    assert place.related == "t1"


@pytest.mark.parametrize("arrival", [a_mail(), a_mail(proven=False), a_text(), a_mail(current=a_strand())])
def test_without_a_reference_it_is_a_new_matter(arrival: Arrival) -> None:
    """On a wire that names its strands (mail, a form) the same address alone joins nothing."""
    assert decide(arrival) == New("it refers to nothing of ours")


def test_a_text_after_an_email_stays_with_what_we_last_spoke_about_here() -> None:
    assert isinstance(decide(a_text(current=a_strand(a_ticket(channel="email")))), Continue)


@pytest.mark.parametrize(("days", "expected"), [(0, Reopen), (13, Reopen), (14, Reopen), (15, New), (400, New)])
def test_a_solved_ticket_opens_again_for_two_weeks(days: int, expected: type) -> None:
    place = decide(a_mail(signed=(solved(days),)))
    assert isinstance(place, expected)
    if isinstance(place, New):
        assert place.related == "t1"


def test_the_window_is_a_setting() -> None:
    assert isinstance(decide(a_mail(signed=(solved(3),), reopen_window=2 * DAY)), New)


def test_a_closed_ticket_never_opens_again_by_itself() -> None:
    closed = a_strand(a_ticket(status=Status.CLOSED, solved_at=MONDAY))
    assert isinstance(decide(a_mail(signed=(closed,))), New)


@pytest.mark.parametrize("status", [Status.SOLVED, Status.CLOSED])
def test_an_out_of_office_answer_is_kept_but_opens_nothing_again(status: Status) -> None:
    over = a_strand(a_ticket(status=status, solved_at=MONDAY - 400 * DAY))
    assert isinstance(decide(a_mail(signed=(over,), automatic=True)), Continue)


def test_a_token_comes_before_a_reference_and_both_before_the_address() -> None:
    arrival = a_text(signed=(other_strand(ANA),), referenced=(a_strand(),), current=a_strand())
    assert decide(arrival).why == "it carries our signed token, from somebody who takes part"
    assert decide(replace(arrival, signed=())).why.startswith("it answers a message")
    assert decide(replace(arrival, signed=(), referenced=())).why == "we last spoke about this ticket here"


def test_the_nearest_reference_they_have_a_right_to_decides() -> None:
    mine, theirs = a_strand(), other_strand(MALLORY)
    place = decide(a_mail(referenced=(theirs, mine)))
    assert isinstance(place, Continue)
    assert place.ticket == "t1"


# --- no sequence of mails adds anybody ------------------------------------------------

KEY = b"k" * 32
VICTIMS = [Address.mail(f"victim{number}@example.org") for number in range(3)]
ATTACKERS = [MALLORY, Address.mail("eve@example.net")]


class House:
    """The smallest world in which mails find their ticket: strands by token and by reference."""

    def __init__(self) -> None:
        self.strands: dict[ConversationId, Strand] = {}
        for number, victim in enumerate(VICTIMS):
            self.add(victim, customer=str(number))

    def add(self, sender: Address, *, customer: str) -> None:
        number = f"{len(self.strands):025}"
        ticket = a_ticket(id=TicketId(number), customer=CustomerId(customer))
        self.strands[ConversationId(number)] = Strand(ticket, ConversationId(number), frozenset({sender}))

    def receive(self, *, sender: Address, proven: bool, tokens: list[str], references: list[ConversationId]) -> None:
        named = [signs.read_token([KEY], token) for token in tokens]
        place = decide(
            a_mail(
                sender=sender,
                proven=proven,
                signed=tuple(self.strands[id] for id in named if id in self.strands),
                referenced=tuple(self.strands[id] for id in references if id in self.strands),
            )
        )
        if isinstance(place, New):
            self.add(sender, customer=f"new {len(self.strands)}")
        else:
            assert sender in self.strands[place.conversation].participants
            self.joined(place.conversation, sender=sender)

    def joined(self, id: ConversationId, *, sender: Address) -> None:
        """A message joins: its sender's address becomes one of the ticket's, as the store does it."""
        strand = self.strands[id]
        self.strands[id] = replace(strand, participants=strand.participants | {sender})

    def takes_part(self) -> dict[ConversationId, frozenset[Address]]:
        return {id: strand.participants for id, strand in self.strands.items()}


ids = st.integers(0, 6).map(lambda number: ConversationId(f"{number:025}"))
forged_tokens = st.one_of(
    st.text(max_size=60),
    ids,
    ids.map(lambda strand: signs.sign_token(b"guess" * 8, strand)),
    ids.map(lambda strand: strand + "0" * 26),
    ids.map(lambda strand: signs.message_id(KEY, MessageId(strand), domain="larkhaven.example")),
)
stolen_tokens = ids.map(lambda strand: signs.sign_token(KEY, strand))
mails = st.fixed_dictionaries(
    {
        "sender": st.sampled_from(ATTACKERS),
        "proven": st.booleans(),
        "tokens": st.lists(forged_tokens | stolen_tokens, max_size=3),
        "references": st.lists(ids, max_size=4),
    }
) | st.fixed_dictionaries(
    {
        "sender": st.sampled_from(VICTIMS),  # a forged From: what they cannot forge is proof and our tokens
        "proven": st.just(False),
        "tokens": st.lists(forged_tokens, max_size=3),
        "references": st.lists(ids, max_size=4),
    }
)


@settings(parent=PATIENT, max_examples=examples(200))
@given(st.lists(mails, max_size=12))
def test_no_sequence_of_forged_mails_adds_a_participant_or_a_word_to_a_victims_ticket(
    sent: list[dict[str, Any]],
) -> None:
    house = House()
    before = house.takes_part()
    for mail in sent:
        house.receive(**mail)
    after = house.takes_part()
    assert {id: after[id] for id in before} == before
    for id in after.keys() - before.keys():
        assert len(after[id]) == 1


@PATIENT
@given(
    st.builds(
        Arrival,
        sender=st.sampled_from([ANA, MALLORY]),
        proven=st.booleans(),
        at=st.just(MONDAY),
        threads=st.booleans(),
        signed=st.lists(st.sampled_from([a_strand(), other_strand(MALLORY)]), max_size=2).map(tuple),
        referenced=st.lists(st.sampled_from([a_strand(), other_strand(MALLORY)]), max_size=2).map(tuple),
        numbered=st.lists(st.sampled_from([a_strand(), other_strand(MALLORY)]), max_size=2).map(tuple),
        current=st.none() | st.just(a_strand()),
        automatic=st.booleans(),
    )
)
def test_whatever_joins_is_from_a_participant_with_proof_or_our_token(arrival: Arrival) -> None:
    place = decide(arrival)
    if isinstance(place, New):
        return
    strands = {strand.conversation: strand for strand in (*arrival.signed, *arrival.referenced, *arrival.numbered)}
    if arrival.current is not None:
        strands.setdefault(arrival.current.conversation, arrival.current)
    strand = strands[place.conversation]
    by_token = strand in arrival.signed and arrival.sender in strand.participants
    assert by_token or arrival.proven


def test_a_ticket_is_never_changed_by_deciding() -> None:
    ticket: Ticket = a_ticket()
    decide(a_mail(signed=(a_strand(ticket),)))
    assert ticket == a_ticket()


def test_a_number_that_nobody_proven_names_is_a_hint_and_gives_nothing() -> None:
    place = decide(a_mail(hinted=(a_strand(),), proven=False, sender=MALLORY))
    assert isinstance(place, New)
    assert place.related == "t1"
    assert "anybody" in place.why
