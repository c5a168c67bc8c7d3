"""From the first question to a number, without script."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from aiohttp import FormData

from tests.gateway.portal.town import Citizen, visitor

WAY = {"your_email": "Wei@Example.org", "your_name": "Wei Zhang"}
NOTICE: tuple[dict[str, Any], ...] = (
    {"notice": "26/0418"},
    {"address": "Mill Road 12"},
    {"words": "It is too high."},
    {},
    WAY,
)
PHOTO = b"\x89PNG\r\n\x1a\n" + b"0" * 300
SEND = "/s/planning-comment/check"


async def test_a_form_becomes_a_ticket_with_a_number(citizen: Citizen) -> None:
    assert "/s/planning-comment" in await citizen.open("/?q=planning notice")
    assert "/s/planning-comment/form/1" in await citizen.open("/s/planning-comment")
    await citizen.fill_in("planning-comment", *NOTICE)
    assert citizen.path == SEND
    assert "It is too high." in citizen.page
    await citizen.post()
    assert (citizen.status, citizen.path[:9]) == (200, "/done/ON-")
    [ticket] = await citizen.town.tickets()
    assert ticket.number in citizen.page
    assert (ticket.subject, ticket.customer_name, ticket.language) == (
        "Comment on a planning notice",
        "Wei Zhang",
        "en",
    )


async def test_the_agent_reads_the_answers_under_their_questions(citizen: Citizen) -> None:
    await citizen.fill_in("planning-comment", *NOTICE)
    await citizen.post()
    [message] = await citizen.town.messages()
    assert message.text == (
        "Number of the planning notice\n26/0418\n\nWhat is your address?\nMill Road 12\n\n"
        "Tell us in your own words\nIt is too high."
    )
    assert (str(message.address), message.proven) == ("mailto:wei@example.org", False)


async def test_the_promise_on_the_page_is_the_promise_of_the_ticket(citizen: Citizen) -> None:
    await citizen.fill_in("planning-comment", *NOTICE)
    await citizen.post()
    [ticket] = await citizen.town.tickets()
    assert ticket.first_due_at is not None
    assert ticket.first_due_at.strftime("%A ") + str(ticket.first_due_at.day) in citizen.page
    assert "The answer comes by email to Wei@Example.org." in citizen.page


async def test_sending_twice_is_one_ticket(citizen: Citizen) -> None:
    await citizen.fill_in("planning-comment", *NOTICE)
    fields = dict(citizen.hidden())
    first = await citizen.post(fields, to=SEND)
    again = await citizen.post(fields, to=SEND)
    assert len(await citizen.town.tickets()) == 1
    assert citizen.path.startswith("/done/")
    assert again == first


async def test_a_double_click_is_one_ticket(citizen: Citizen) -> None:
    await citizen.fill_in("planning-comment", *NOTICE)
    fields = dict(citizen.hidden())

    async def press() -> str:
        async with citizen.client.post(SEND, data=fields, allow_redirects=False) as answer:
            assert answer.status == 303
            return str(answer.headers["Location"])

    assert len(set(await asyncio.gather(*(press() for _ in range(4))))) == 1
    assert len(await citizen.town.tickets()) == 1


async def test_the_form_itself_says_what_is_the_same_and_not_a_key_that_comes_with_it(citizen: Citizen) -> None:
    key = {"Idempotency-Key": "one for all"}
    for _ in range(2):
        await citizen.fill_in("planning-comment", *NOTICE)
        fields = dict(citizen.hidden())
        for _ in range(2):
            await citizen.post(fields, to=SEND, headers=key)
            assert citizen.status == 200
    assert len(await citizen.town.tickets()) == 2


async def test_two_forms_one_after_the_other_are_two_tickets(citizen: Citizen) -> None:
    for _ in range(2):
        await citizen.fill_in("planning-comment", *NOTICE)
        await citizen.post()
    assert len(await citizen.town.tickets()) == 2


async def test_a_commit_whose_answer_was_lost_is_found_again(citizen: Citizen, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ticket was written and the process died: the draft is still there, and sending it again is a repeat."""
    await citizen.fill_in("planning-comment", *NOTICE)
    take = citizen.town.reception.take

    async def lost(*given: Any) -> Any:
        await take(*given)
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr(citizen.town.reception, "take", lost)
        await citizen.post(to=SEND)
        assert citizen.status == 500
    await citizen.open(SEND)
    await citizen.post()
    [ticket] = await citizen.town.tickets()
    assert citizen.path == f"/done/{ticket.number}"


async def test_own_words_go_to_the_general_service(citizen: Citizen) -> None:
    await citizen.open("/")
    await citizen.post({"words": "My neighbour moved out and their bins are still here."})
    assert citizen.path == "/s/general/form/2"
    await citizen.post()
    await citizen.post({"your_phone": "555 0142"})
    citizen.town.clock.pass_(seconds=30)
    await citizen.open("/s/general/check")
    await citizen.post()
    assert "The answer comes by phone to 555 0142." in citizen.page
    [message] = await citizen.town.messages()
    assert str(message.address) == "tel:+15550142"
    assert "bins are still here" in message.text


async def test_files_travel_with_the_form(citizen: Citizen) -> None:
    await citizen.fill_in("planning-comment", *NOTICE[:3])
    data = FormData([*citizen.hidden()], quote_fields=False)
    data.add_field("photo", PHOTO, filename="../../house.PNG", content_type="text/html")
    await citizen.post_raw(data)
    assert citizen.path == "/s/planning-comment/form/5"
    await citizen.post(WAY)
    assert "house.PNG" in citizen.page
    citizen.town.clock.pass_(seconds=30)
    await citizen.open(SEND)
    await citizen.post()
    [message] = await citizen.town.messages()
    [file] = message.attachments
    assert (file.name, file.type, file.size) == ("house.PNG", "image/png", len(PHOTO))


async def test_a_file_can_be_taken_back(citizen: Citizen) -> None:
    await citizen.fill_in("planning-comment", *NOTICE[:3])
    data = FormData([*citizen.hidden()])
    data.add_field("photo", PHOTO, filename="house.png")
    await citizen.post_raw(data)
    page = await citizen.open("/s/planning-comment/form/4")
    slot = page.split('name="remove" value="')[1].split('"')[0]
    await citizen.post({"remove": slot})
    assert "house.png" not in citizen.page
    await citizen.post()
    await citizen.post(WAY)
    assert "house.png" not in citizen.page


async def test_what_was_typed_is_still_there_when_somebody_goes_back(citizen: Citizen) -> None:
    await citizen.fill_in("planning-comment", *NOTICE[:3])
    assert "Mill Road 12" in await citizen.open("/s/planning-comment/form/2")
    page = await citizen.open("/s/planning-comment/form/2?lang=zh")
    assert "Mill Road 12" in page
    assert "您的住址是什么？" in page


async def test_changing_one_answer_leads_back_to_the_check(citizen: Citizen) -> None:
    await citizen.fill_in("planning-comment", *NOTICE)
    await citizen.open("/s/planning-comment/form/2?from=check")
    await citizen.post({"address": "Elm Street 3"})
    assert citizen.path == SEND
    assert "Elm Street 3" in citizen.page


async def test_on_a_computer_that_others_use_the_answers_can_be_deleted(citizen: Citizen) -> None:
    await citizen.fill_in("planning-comment", *NOTICE[:3])
    await citizen.post({"forget": "1"})
    assert citizen.path == "/s/planning-comment"
    await citizen.open("/s/planning-comment/form/2")
    assert citizen.path == "/s/planning-comment/form/1"
    assert "26/0418" not in citizen.page.replace("For example 26/0418", "")
    drafts = citizen.town.settings.data_dir / "drafts"
    assert [path for path in drafts.rglob("*") if path.is_file()] == []


async def test_the_number_is_shown_only_to_who_sent_the_form(citizen: Citizen) -> None:
    await citizen.fill_in("planning-comment", *NOTICE)
    await citizen.post()
    number = citizen.path
    async with visitor(citizen.town) as stranger:
        await stranger.open(number)
        known = (stranger.status, stranger.page.replace(number, "…"))
        await stranger.open("/done/ON-AAAA-0000")
        assert known == (404, stranger.page.replace("/done/ON-AAAA-0000", "…"))


async def test_nothing_that_was_typed_lies_readable_on_the_disk(citizen: Citizen) -> None:
    await citizen.fill_in("planning-comment", *NOTICE)
    drafts = [path for path in (citizen.town.settings.data_dir / "drafts").rglob("*") if path.is_file()]
    assert drafts
    assert not any(b"Mill Road" in path.read_bytes() for path in drafts)
    await citizen.post()
    left = [path.name for path in (citizen.town.settings.data_dir / "drafts").rglob("*") if path.is_file()]
    assert [name.partition("-")[0] for name in left] == ["sent"]


async def test_the_form_in_chinese(citizen: Citizen) -> None:
    await citizen.open("/s/planning-comment?lang=zh")
    await citizen.fill_in("planning-comment", *NOTICE)
    assert "请核对您的填写内容" in citizen.page
    await citizen.post()
    assert "我们已收到您的申请" in citizen.page
    assert 'lang="zh-Hans"' in citizen.page
    [ticket] = await citizen.town.tickets()
    assert (ticket.subject, ticket.language) == ("对规划公告提出意见", "zh")


async def test_a_draft_outlives_the_process(citizen: Citizen) -> None:
    await citizen.fill_in("planning-comment", *NOTICE[:3])
    cookies = {cookie.key: cookie.value for cookie in citizen.client.session.cookie_jar}
    async with visitor(citizen.town) as same:
        same.client.session.cookie_jar.update_cookies(cookies, same.client.make_url("/"))
        assert "Mill Road 12" in await same.open("/s/planning-comment/form/2")


async def test_no_page_names_an_office_or_a_queue(citizen: Citizen) -> None:
    setup = citizen.town.keeper.setup
    offices = {"Parking Office", "Street Services", "City Hall Front Desk", "Planning and Building"}
    hidden = {queue.name for queue in setup.queues} | offices
    for path in ["/", "/s", *(f"/s/{service.slug}" for service in setup.services)]:
        page = await citizen.open(path)
        assert not [name for name in hidden if name.replace("&", "&amp;") in page and name not in _named_alike(citizen)]


def _named_alike(citizen: Citizen) -> set[str]:
    """Words that a service uses for itself, in its name or in what it says."""
    said = [text for one in citizen.town.keeper.setup.services for text in (*one.name.values(), *one.about.values())]
    return {queue.name for queue in citizen.town.keeper.setup.queues if any(queue.name in text for text in said)}


async def test_a_form_of_aiohttp_is_as_good_as_a_browsers(citizen: Citizen) -> None:
    """Our own driver of traffic sends forms this way: multipart, too."""
    await citizen.open("/s/planning-comment/form/1")
    with aiohttp.MultipartWriter("form-data") as form:
        for name, value in [*citizen.hidden(), ("notice", "26/0418")]:
            form.append(value).set_content_disposition("form-data", name=name)
        await citizen.post_raw(form)
    assert citizen.path == "/s/planning-comment/form/2"
