"""How did we do? A page behind a link, without a cookie and without a script; looking at it says nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from crm_core.actions import reply
from crm_core.actions.reply import Draft
from crm_core.model.feedback import Feedback
from crm_core.model.ids import TicketId
from crm_core.model.ticket import Status, Ticket
from crm_core.queries import feedback as asking
from crm_core.rules import feedback as rule
from tests.gateway.portal.test_track import a_request
from tests.gateway.portal.town import TESTS, Town, town_at, visitor


class Solved:
    """A matter that an answer solved, and the link below that answer."""

    def __init__(self, town: Town, ticket: TicketId, path: str, supervisor: Any) -> None:
        self.town, self.ticket, self.path, self._supervisor = town, ticket, path, supervisor

    async def said(self) -> Feedback:
        [one] = await self.town.desk.ask(self._supervisor, asking.of_ticket, self.ticket)
        return one


async def solved(town: Town) -> Solved:
    house = town.keeper.house
    asks = {id: replace(one, asks=True) for id, one in house.inboxes.items()}
    house = replace(house, inboxes=asks)
    request = await a_request(town)
    draft = Draft(text="They are empty now.", status=Status.SOLVED)
    await town.desk.do(request.supervisor, reply.reply, request.ticket, draft, house=house)
    [one] = await town.desk.ask(request.supervisor, asking.of_ticket, request.ticket)
    path = rule.question(one.id, key=house.keys[0], public_url="", language=None).url
    return Solved(town, request.ticket, path, request.supervisor)


async def test_what_is_sent_from_the_page_counts_and_looking_at_it_does_not(tmp_path: Path) -> None:
    async with town_at(tmp_path) as town, visitor(town) as citizen:
        made = await solved(town)
        page = await citizen.open(f"{made.path}?score=2")
        assert "How did we do?" in page
        assert 'value="2" id="q-score-2" checked' in page
        assert [f"q-score-{step}" in page for step in range(1, 6)] == [True] * 5
        assert (citizen.headers["Cache-Control"], "Set-Cookie" in citizen.headers) == ("no-store", False)
        assert "noindex" in citizen.headers["X-Robots-Tag"]
        assert citizen.headers["Referrer-Policy"] == "same-origin", "with less the form's own origin would be null"
        async with citizen.client.head(made.path) as looked:
            assert looked.status == 200
        assert (await made.said()).score is None, "programs follow links"

        await citizen.post({"comment": "no step"})
        assert (citizen.status, "Choose one of the five." in citizen.page) == (422, True)
        assert "no step</textarea>" in citizen.page
        await citizen.post({"score": "2", "comment": "Three weeks! <b>"})
        assert (citizen.status, "Thank you." in citizen.page) == (200, True)
        assert "Three weeks" not in citizen.page, "a mail may be passed on"
        said = await made.said()
        assert (said.score, said.comment) == (2, "Three weeks! <b>")

        town.clock.pass_(days=2)
        await citizen.post({"score": "4", "comment": ""})
        said = await made.said()
        assert (said.score, said.comment, said.version) == (4, "Three weeks! <b>", 3)
        assert "您对我们的服务满意吗？" in await citizen.open(f"{made.path}?lang=zh")
        assert all(step in citizen.page for step in ("非常满意", "满意", "基本满意", "不满意", "非常不满意"))


async def test_what_takes_no_answer_is_one_page_and_other_sites_cannot_send(tmp_path: Path) -> None:
    async with town_at(tmp_path) as town, visitor(town) as citizen:
        made = await solved(town)
        await citizen.open(made.path)
        await citizen.post({"score": "1"}, headers={"Origin": "https://evil.example"})
        assert citizen.status == 403
        assert (await made.said()).score is None
        town.clock.pass_(days=31)
        late = await citizen.open(made.path)
        assert (citizen.status, "takes no answer any more" in late) == (404, True)
        assert await citizen.open("/feedback/" + "0" * 51) == late.replace(made.path, "/feedback/" + "0" * 51)
        await citizen.post({"score": "1"}, to=made.path)
        assert citizen.status == 404
        assert (await made.said()).score is None


async def test_of_a_confidential_matter_the_page_names_no_service(tmp_path: Path) -> None:
    async with town_at(tmp_path) as town, visitor(town) as citizen:
        made = await solved(town)
        service = town.keeper.house.services[(await town.tickets())[-1].service].name["en"]
        assert service in (await citizen.open(made.path)).partition("<fieldset")[2]
        await town.desk.do(TESTS, _confide, made.ticket)
        assert service not in (await citizen.open(made.path)).partition("<fieldset")[2]


async def _confide(tx: Any, id: TicketId) -> None:
    await tx.save(replace(await tx.get(Ticket, id), confidential=True))
