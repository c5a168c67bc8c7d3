"""The library by the API: what is said on a ticket, counted once with its reply, and macros that say it themselves."""

from __future__ import annotations

from crm_core.actions import answers, macros
from crm_core.model.answer import Wording
from crm_core.model.ids import AnswerId, ServiceId
from crm_core.model.ticket import Status
from tests.gateway.http import things
from tests.gateway.http.site import Site
from tests.world import ANNA, SUE

ONCE = {"Idempotency-Key": "once"}


async def told(site: Site, text: str) -> AnswerId:
    """An answer of the general service, approved."""
    wording = Wording({"en": "Hello"}, {"en": text}, {}, {})
    made = await site.world.do(
        ANNA, answers.add_answer, slug=f"a-{site.clock():%f}", service=ServiceId("s-general"), wording=wording
    )
    await site.world.do(SUE, answers.approve, made.id)
    return AnswerId(made.id)


async def used(site: Site, id: AnswerId) -> int:
    return int((await (await site.person(ANNA)).get(f"/api/v1/answers/{id}")).body["used"])


async def test_what_is_said_on_a_ticket_is_filled_and_counted_once_with_its_reply(small: Site) -> None:
    ticket, id = await things.make(small, "ticket"), await told(small, "Dear {name}, about {number}: {what}.")
    anna = await small.person(ANNA)
    said = (await anna.get(f"/api/v1/tickets/{ticket}/answers")).body["items"][0]
    assert said["gaps"] == ["what"]
    assert said["text"].startswith("Dear Wei Zhang, about ON-")
    where = f"/api/v1/tickets/{ticket}/replies"
    refused = await anna.post(where, {"text": said["text"], "answers": [id]})
    assert refused.status == 422
    assert refused.body["errors"] == [{"field": "text", "why": "Fill in first: what."}]
    body = {"text": said["text"].replace("⟦what⟧", "your permit"), "answers": [id]}
    assert {(await anna.post(where, body, headers=ONCE)).status for _ in range(2)} == {201}
    assert await used(small, id) == 1


async def test_a_macro_says_its_answer_by_itself_and_nothing_of_it_happens_with_a_gap(small: Site) -> None:
    ticket = await things.make(small, "ticket")
    whole, gap = await told(small, "Dear {name}."), await told(small, "On {day}.")
    anna = await small.person(ANNA)
    for answer, status, stands in ((gap, 422, "new"), (whole, 200, "waiting")):
        parts = macros.Parts(name={"en": "Say it"}, answer=answer, status=Status.WAITING)
        macro = await small.world.do(SUE, macros.add_macro, parts, house=small.world.house)
        ran = await anna.post(f"/api/v1/tickets/{ticket}/macros", {"macro": macro.id})
        assert ran.status == status, ran.body
        assert (await anna.get(f"/api/v1/tickets/{ticket}")).body["status"] == stands
        assert await used(small, answer) == (1 if status == 200 else 0)


async def test_an_unknown_channel_or_answer_is_said_to_be_so(small: Site) -> None:
    ticket = await things.make(small, "ticket")
    anna = await small.person(ANNA)
    assert (await anna.get(f"/api/v1/tickets/{ticket}/answers?channel=pigeon")).status == 422
    assert (await anna.get(f"/api/v1/tickets/{ticket}/answers?answer=nothing")).status == 404
    assert (await anna.get("/api/v1/answers?cursor=nonsense")).status == 422
    assert (await anna.get("/api/v1/answers?state=else")).status == 422
