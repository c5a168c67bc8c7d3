"""What strangers see: never who filed it, and of the rest only what the service shows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.address import Address
from crm_core.model.errors import BadInput, NotFound
from crm_core.model.house import House
from crm_core.model.ids import ServiceId, TicketId
from crm_core.model.inbox import Capabilities
from crm_core.model.message import File, Inbound
from crm_core.model.report import Report, Spot
from crm_core.model.service import Field, FieldKind, Publicity
from crm_core.rules import publishing, reporting
from crm_core.rules.publishing import HIDDEN
from tests.crm_core.rules.made import a_ticket
from tests.world import FORM, MAIL, SERVICES, START
from tests.world import house as small_house

PERMIT = SERVICES[1]
WEI = Inbound(
    "x:1",
    Address.mail("wei@example.org"),
    "Wei Zhang",
    "A hole.",
    service=ServiceId("permit"),
    other_addresses=(Address.phone("+15550142"),),
    answers={},
    spot=Spot(37_765_241, -122_421_204, "1234 5th street", ""),
)


def house(publicity: Publicity, *fields: Field) -> House:
    whole = small_house()
    shown = replace(PERMIT, publicity=publicity, fields=fields)
    can = {**whole.can, "web_form": Capabilities(public=True, threads=True)}
    return replace(whole, services={**whole.services, PERMIT.id: shown}, can=can)


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("Wei Zhang was here, says WEI.", f"{HIDDEN} was here, says {HIDDEN}."),
        ("Weimar street, number 12", "Weimar street, number 12"),
        ("Call 555-0142 or +1 (555) 0142!", f"Call {HIDDEN} or {HIDDEN}!"),
        ("since 2026, 3 metres deep, 1234 5th street", "since 2026, 3 metres deep, 1234 5th street"),
        ("mail me: wei@example.org", f"mail me: {HIDDEN}"),
        ("see https://photos.example/wei?x=1 and www.x.example", f"see {HIDDEN} and {HIDDEN}"),
        ("我是張偉，请回电 138 0013 8000", f"我是{HIDDEN}，请回电 {HIDDEN}"),
    ],
)
def test_a_text_for_strangers_names_nobody_and_reaches_nobody(told: str, shown: str) -> None:
    assert publishing.without_person(told, names=["Wei Zhang", "張偉"]) == shown


@given(st.text(alphabet="ab 1-+@.\n中"), st.text(alphabet="ab 1-+@.\n中"))
def test_whatever_stands_around_it_what_was_given_is_hidden(before: str, after: str) -> None:
    secret = ("wei@example.org", "+15550142")
    said = publishing.without_person(f"{before} {secret[0]} {after} {secret[1]}", names=secret)
    assert not [word for word in secret if word in said]


@pytest.mark.parametrize(("publicity", "words"), [(Publicity.PLACE, ""), (Publicity.WORDS, "A hole.")])
def test_words_are_kept_for_strangers_only_where_their_service_showed_them_then(
    publicity: Publicity, words: str
) -> None:
    kept = publishing.report(WEI, ticket=TicketId("t"), service=replace(PERMIT, publicity=publicity))
    assert (kept.words, kept.lat, kept.address) == (words, 37_765_241, "1234 5th street")
    shown = publishing.seen(kept, service=replace(PERMIT, publicity=Publicity.WORDS))
    assert shown == (WEI.spot, words)


def test_a_service_that_shows_less_than_before_hides_what_was_kept() -> None:
    kept = Report(TicketId("t"), 1, 2, "here", "", "A hole.")
    assert publishing.seen(kept, service=replace(PERMIT, publicity=Publicity.PLACE)) == (Spot(1, 2, "here", ""), "")
    assert publishing.seen(None, service=PERMIT) == (Spot(), "")


@pytest.mark.parametrize(
    ("publicity", "channel", "where"),
    [
        (Publicity.PRIVATE, FORM, None),
        (Publicity.PLACE, FORM, FORM),
        (Publicity.WORDS, FORM, FORM),
        (Publicity.WORDS, MAIL, None),
    ],
)
def test_a_matter_is_published_only_at_a_public_door_and_for_a_public_service(
    publicity: Publicity, channel: str, where: str | None
) -> None:
    whole = house(publicity)
    inbox = next(one for one in whole.inboxes.values() if one.id == channel)
    assert publishing.published_in(whole.services[PERMIT.id], inbox=inbox, house=whole) == where


def test_strangers_lose_sight_of_it_when_it_is_confidential_erased_or_of_another_service() -> None:
    whole, ticket = house(Publicity.PLACE), replace(a_ticket(), service=PERMIT.id)
    assert publishing.is_shown(ticket, house=whole)
    for changed in (
        replace(ticket, confidential=True),
        replace(ticket, erased_at=START),
        replace(ticket, service=ServiceId("s-repair")),
        replace(ticket, service=ServiceId("s-gone")),
    ):
        assert not publishing.is_shown(changed, house=whole)


WHERE = Field("where", FieldKind.PLACE, {"en": "Where is it?"}, {}, True)
PICTURE = Field("picture", FieldKind.FILE, {"en": "A photo"}, {}, True)


def complete(inbound: Inbound, publicity: Publicity, *fields: Field) -> Inbound:
    whole = house(publicity, *fields)
    return reporting.complete(inbound, inbox=whole.inboxes[FORM], house=whole)


def test_a_form_from_a_program_is_written_out_as_an_agent_reads_it() -> None:
    found = complete(WEI, Publicity.PLACE)
    assert (found.service, found.subject, found.answers) == (PERMIT.id, "Permit", None)
    assert found.text == (
        "Where\n1234 5th street · 37.765241, -122.421204\n\nAlso to be reached at\n+15550142\n\nA hole."
    )


def test_the_place_answers_the_question_for_it_and_any_file_the_one_for_a_photo() -> None:
    with pytest.raises(BadInput) as refused:
        complete(WEI, Publicity.PLACE, WHERE, PICTURE)
    assert [problem.field for problem in refused.value.problems] == ["picture"]
    shot = replace(WEI, files=(File("a.jpg", "image/jpeg", b"\xff\xd8\xff"),))
    assert complete(shot, Publicity.PLACE, WHERE, PICTURE).fields == {
        "where": "1234 5th street · 37.765241, -122.421204"
    }


@pytest.mark.parametrize(
    ("house_in", "inbox_in", "fits"), [("DE", None, True), ("US", None, False), ("US", "DE", True)]
)
def test_a_number_belongs_to_the_country_of_its_inbox_or_else_of_the_house(
    house_in: str, inbox_in: str | None, fits: bool
) -> None:
    whole = replace(house(Publicity.PLACE, Field("tel", FieldKind.PHONE, {"en": "Number"}, {}, True)), country=house_in)
    inbox = replace(whole.inboxes[FORM], settings={"country": inbox_in} if inbox_in else {})
    told = replace(WEI, answers={"tel": "030 901820"})
    if fits:
        assert reporting.complete(told, inbox=inbox, house=whole).fields == {"tel": "030 901820"}
    else:
        with pytest.raises(BadInput):
            reporting.complete(told, inbox=inbox, house=whole)


def test_a_service_that_is_not_shown_is_not_there_and_a_door_that_checked_is_believed() -> None:
    with pytest.raises(NotFound):
        complete(WEI, Publicity.PRIVATE)
    with pytest.raises(BadInput):
        complete(replace(WEI, service=None), Publicity.PLACE)
    checked = replace(WEI, answers=None)
    assert complete(checked, Publicity.PRIVATE) == checked
