"""Questions that an answer brings up, without script: shown when the answer is known, dropped when it changes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from aiohttp import FormData

from crm_core.model.service import Condition, Field, FieldKind, Given
from gateway.http.portal.questions import Page, asked_pages, pages_of
from tests.crm_core.rules.made import a_service
from tests.gateway.portal.town import Citizen

PERMIT, CHANGE, REPAIR = "resident-permit", "report-change", "housing-repair"
RENEWAL, NEW = {"kind_permit": "1"}, {"kind_permit": "0"}
WAY = {"your_email": "wei@example.org"}
REST: tuple[dict[str, str], ...] = ({"plate": "LKH 4471"}, {"address": "12 Mill Road"}, {}, WAY)


def asks(page: str) -> list[str]:
    """The questions that somebody without script can see."""
    return re.findall(r'<div class="ask[^"]*" id="ask-(\w+)"[^>]*(?<!hidden)>', page)


async def test_the_page_comes_back_with_the_question_that_the_answer_brought_up(citizen: Citizen) -> None:
    await citizen.open(f"/s/{PERMIT}/form/1")
    assert asks(citizen.page) == ["kind_permit"]
    await citizen.post(RENEWAL)
    assert (citizen.status, citizen.path) == (200, f"/s/{PERMIT}/form/1?more=1")
    assert asks(citizen.page) == ["kind_permit", "current_permit"]
    assert "<title>One more question · Is this a new permit or a renewal?" in citizen.page
    assert 'aria-describedby="n-current_permit h-current_permit"' in citizen.page
    assert re.search(r'value="1" id="q-kind_permit-2" checked', citizen.page)
    assert "There is a problem" not in citizen.page


async def test_it_leads_to_the_question_itself(citizen: Citizen) -> None:
    await citizen.open(f"/s/{PERMIT}/form/1")
    fields = dict(citizen.hidden()) | RENEWAL
    async with citizen.client.post(f"/s/{PERMIT}/form/1", data=fields, allow_redirects=False) as answer:
        assert answer.headers["Location"] == f"/s/{PERMIT}/form/1?more=1#q-current_permit"


async def test_who_has_seen_the_question_and_leaves_it_empty_is_told(citizen: Citizen) -> None:
    await citizen.fill_in(PERMIT, RENEWAL)
    await citizen.post(RENEWAL)
    assert citizen.status == 422
    assert "Answer this question: What is the number of your current permit?" in citizen.page


async def test_who_does_not_say_what_they_saw_is_told_what_is_missing(citizen: Citizen) -> None:
    """A program, or a page of yesterday's version: never round in circles."""
    await citizen.open(f"/s/{PERMIT}/form/1")
    mark = {"mark": dict(citizen.hidden())["mark"]}
    await citizen.post_raw(mark | RENEWAL)
    assert (citizen.status, "current permit?</a>" in citizen.page) == (422, True)


async def test_another_answer_and_nobody_asks_for_it(citizen: Citizen) -> None:
    await citizen.fill_in(PERMIT, NEW, *REST)
    assert citizen.path == f"/s/{PERMIT}/check"
    assert "current permit?" not in citizen.page
    await citizen.post()
    [message] = await citizen.town.messages()
    assert "Is this a new permit or a renewal?\nNew permit" in message.text
    assert "current permit" not in message.text


async def test_what_is_asked_travels_with_the_form(citizen: Citizen) -> None:
    await citizen.fill_in(PERMIT, RENEWAL, RENEWAL | {"current_permit": "RP-71154"}, *REST)
    assert "RP-71154" in citizen.page
    await citizen.post()
    [message] = await citizen.town.messages()
    assert "What is the number of your current permit?\nRP-71154" in message.text


async def test_an_answer_that_is_not_asked_for_any_more_is_dropped(citizen: Citizen) -> None:
    await citizen.fill_in(PERMIT, RENEWAL, RENEWAL | {"current_permit": "RP-71154"}, *REST)
    await citizen.open(f"/s/{PERMIT}/form/1?from=check")
    await citizen.post(NEW | {"current_permit": "RP-71154"})
    assert citizen.path == f"/s/{PERMIT}/check"
    assert "RP-71154" not in citizen.page
    await citizen.open(f"/s/{PERMIT}/form/1?from=check")
    await citizen.post(RENEWAL)
    assert citizen.path == f"/s/{PERMIT}/form/1?from=check&more=1"
    assert "RP-71154" not in citizen.page


async def test_a_hidden_answer_never_blocks(citizen: Citizen) -> None:
    """Too long for its question, and typed before somebody chose otherwise."""
    await citizen.fill_in(PERMIT, NEW | {"current_permit": "x" * 400})
    assert citizen.path == f"/s/{PERMIT}/form/2"


async def test_one_of_two_comes_up_and_nothing_typed_beside_it_is_lost(citizen: Citizen) -> None:
    await citizen.fill_in(CHANGE, {"reference": "BN-4"}, {"change": "3"})
    assert asks(citizen.page) == ["change", "something_else"]
    await citizen.post({"change": "2", "something_else": "My rent book"})
    assert asks(citizen.page) == ["change", "new_household"]
    await citizen.post({"change": "2", "new_household": "four"})
    assert citizen.status == 422
    assert 'value="four"' in citizen.page
    await citizen.post({"change": "2", "new_household": "4"})
    assert citizen.path == f"/s/{CHANGE}/form/3"
    assert "Page 3 of 6" in citizen.page


async def test_in_chinese(citizen: Citizen) -> None:
    await citizen.open(f"/s/{PERMIT}/form/1?lang=zh")
    await citizen.post(RENEWAL)
    assert "您现有停车证的编号是什么？" in citizen.page
    assert "根据您的回答，我们还需要了解这一项。" in citizen.page


KIND = Field("kind", FieldKind.CHOICE, {"en": "Kind"}, {}, True, ({"en": "New"}, {"en": "Renewal"}))
STREET = Field("street", FieldKind.TEXT, {"en": "Street"}, {}, True)
PROOF = Field("proof", FieldKind.FILE, {"en": "Proof"}, {}, True, only_if=Condition("kind", Given.ONE_OF, ("Renewal",)))
NOTE = Field("note", FieldKind.TEXT, {"en": "Note"}, {}, True, only_if=Condition("proof", Given.ANSWERED))


def keys(pages: Sequence[Page]) -> list[list[str]]:
    return [[field.key for field in page.fields] for page in pages if not page.contact]


def test_what_follows_an_answer_stands_beside_it_or_on_a_page_that_is_stepped_over() -> None:
    beside = pages_of(a_service(fields=(KIND, PROOF, NOTE, STREET)))
    assert keys(beside) == [["kind", "proof", "note"], ["street"]]
    apart = pages_of(a_service(fields=(KIND, STREET, PROOF)))
    assert keys(apart) == [["kind"], ["street"], ["proof"]]
    assert keys(asked_pages(apart, answers={"kind": "0"})) == [["kind"], ["street"], []]
    assert keys(asked_pages(beside, answers={"kind": "1"}, files=["proof"])) == [["kind", "proof", "note"], ["street"]]


def test_what_everybody_is_asked_does_not_stand_beside_what_may_appear() -> None:
    more = Field("more", FieldKind.TEXT, {"en": "More"}, {}, False)
    text = Field("text", FieldKind.TEXT, {"en": "Text"}, {}, False, only_if=Condition("kind", Given.ANSWERED))
    assert keys(pages_of(a_service(fields=(KIND, text, more)))) == [["kind", "text"], ["more"]]


def put(citizen: Citizen, *fields: Field) -> None:
    """Another form for the permit."""
    setup = citizen.town.keeper.setup
    services = [replace(one, fields=fields) if one.slug == PERMIT else one for one in setup.services]
    citizen.town.keeper.setup = replace(setup, services=tuple(services))


async def test_a_page_that_asks_nothing_is_stepped_over_both_ways(citizen: Citizen) -> None:
    note = Field(
        "note", FieldKind.TEXT, {"en": "Note"}, {}, True, only_if=Condition("kind", Given.ONE_OF, ("Renewal",))
    )
    put(citizen, KIND, STREET, note)
    await citizen.fill_in(PERMIT, {"kind": "0"}, {"street": "Elm"})
    assert citizen.path == f"/s/{PERMIT}/form/4"
    assert "Page 3 of 3" in citizen.page
    assert f'class="back" href="/s/{PERMIT}/form/2"' in citizen.page
    await citizen.open(f"/s/{PERMIT}/form/3")
    assert citizen.path == f"/s/{PERMIT}/form/4"
    await citizen.post(WAY)
    await citizen.open(f"/s/{PERMIT}/form/1?from=check")
    await citizen.post({"kind": "1"})
    assert citizen.path == f"/s/{PERMIT}/form/3?from=check&more=1"
    assert "Because of your answer we also need this." in citizen.page
    await citizen.post({"note": "It is old"})
    assert citizen.path == f"/s/{PERMIT}/check"


async def test_a_file_that_is_not_asked_for_any_more_is_taken_back(citizen: Citizen) -> None:
    put(citizen, KIND, PROOF, NOTE)
    await citizen.fill_in(PERMIT, {"kind": "1"})
    data = FormData([*citizen.hidden(), ("kind", "1")], quote_fields=False)
    data.add_field("proof", b"%PDF-1.7 bill", filename="bill.pdf")
    await citizen.post_raw(data)
    assert asks(citizen.page) == ["kind", "proof", "note"]
    folder = citizen.town.settings.data_dir / "drafts"
    assert list(folder.rglob("file-*"))
    await citizen.post({"kind": "0", "note": "old"})
    assert list(folder.rglob("file-*")) == []
    await citizen.post(WAY)
    assert "bill.pdf" not in citizen.page
    await citizen.post()
    [message] = await citizen.town.messages()
    assert message.attachments == ()
    assert message.text == "Kind\nNew"
