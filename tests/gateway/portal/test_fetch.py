"""A link to files opens what it was made for, as a download, without a cookie, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from crm_core.actions import delivery, handouts, reply, uploads
from crm_core.model.actor import Actor
from crm_core.model.handout import USUAL_LINK
from crm_core.model.ids import TicketId
from crm_core.model.message import Delivery, Message, Receipt
from crm_core.model.ticket import Ticket
from crm_core.queries import handouts as asking
from crm_core.rules import handouts as rule
from tests.gateway.portal.test_track import WEI, Request, a_request, asked
from tests.gateway.portal.town import TESTS, Citizen, Town, town_at, visitor

SENDER = Actor.worker("sender")
PLAN = b"%PDF-1.7 the plan"
PAGE = b"<script>alert(1)</script>"


@dataclass
class Handed:
    """An answer whose files went as a link, and where that leads."""

    request: Request
    message: Message
    path: str

    async def fetched(self) -> int:
        stands = await self.request.town.desk.ask(
            self.request.supervisor, asking.standing, self.message.id, lasts=USUAL_LINK
        )
        return stands.fetched


async def handed(town: Town) -> Handed:
    """The letterbox of the town carries no files."""
    request, house = await a_request(town), town.keeper.house
    kept = []
    for name, type, content in (("план 计划.pdf", "application/pdf", PLAN), ("page.html", "text/html", PAGE)):
        blob = town.files.keep(content)
        kept.append(await town.desk.do(request.supervisor, uploads.upload, blob, name=name, type=type))
    draft = reply.Draft(text="The plan.", files=tuple(one.id for one in kept))
    sent = await town.desk.do(request.supervisor, reply.reply, request.ticket, draft, house=house)
    await town.desk.do(SENDER, delivery.record, sent.id, Receipt(Delivery.SENT), house=house)
    path = rule.url("", key=house.keys[0], message=sent.id)
    return Handed(request, sent, path)


async def test_the_page_names_the_files_and_counts_nothing_and_each_is_a_download(tmp_path: Path) -> None:
    async with town_at(tmp_path) as town, visitor(town) as citizen:
        made = await handed(town)
        page = await citizen.open(made.path)
        assert "план 计划.pdf" in page
        assert "noindex" in citizen.headers["X-Robots-Tag"]
        assert citizen.headers["Cache-Control"] == "no-store"
        assert citizen.headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in citizen.headers
        async with citizen.client.head(f"{made.path}/0") as looked:
            assert looked.status == 200
        assert await made.fetched() == 0, "programs look at links"
        async with citizen.client.get(f"{made.path}/0") as answer:
            assert await answer.read() == PLAN
            assert answer.headers["Content-Disposition"].startswith("attachment; ")
            assert "noindex" in answer.headers["X-Robots-Tag"]
            assert "Set-Cookie" not in answer.headers
        async with citizen.client.get(f"{made.path}/1") as answer:
            assert answer.headers["Content-Type"] == "application/octet-stream", "never a page of ours"
            assert "sandbox" in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert await made.fetched() == 2
        assert (await citizen.open(made.path + "?lang=zh"), citizen.status)[1] == 200
        assert "给您的文件" in citizen.page


@pytest.mark.parametrize("way", ["another sign", "another file", "shut", "too late", "erased"])
async def test_what_opens_nothing_is_one_answer(tmp_path: Path, way: str) -> None:
    async with town_at(tmp_path) as town, visitor(town) as citizen:
        made = await handed(town)
        path = f"{made.path}/0"
        if way == "another sign":
            path = f"{made.path[:-1]}{'0' if made.path[-1] != '0' else '1'}/0"
        elif way == "another file":
            path = f"{made.path}/2"
        elif way == "shut":
            await town.desk.do(made.request.supervisor, handouts.shut, made.message.id)
        elif way == "too late":
            town.clock.pass_(days=31)
        else:
            await town.desk.do(TESTS, _blank, made.message.id)
        page = await citizen.open(path)
        assert (citizen.status, "This link opens nothing" in page) == (404, True)
        assert await citizen.open("/files/" + "0" * 51) == page.replace(path, "/files/" + "0" * 51)


async def test_of_a_confidential_matter_it_opens_after_the_code(tmp_path: Path) -> None:
    async with town_at(tmp_path) as town, visitor(town) as citizen, visitor(town) as stranger:
        made = await handed(town)
        await town.desk.do(TESTS, _confide, made.request.ticket)
        await shut_out(citizen, made)
        await asked(citizen, made.request.number, WEI)
        await citizen.post({"code": await made.request.code(among=1)})
        assert "план 计划.pdf" in await citizen.open(made.path)
        async with citizen.client.get(f"{made.path}/0") as answer:
            assert await answer.read() == PLAN
        await shut_out(stranger, made)


async def shut_out(citizen: Citizen, made: Handed) -> None:
    page = await citizen.open(made.path)
    assert (citizen.status, "план" in page) == (403, False)
    await citizen.open(f"{made.path}/0")
    assert citizen.status == 404


async def _blank(tx: Any, id: str) -> None:
    await tx.save(replace(await tx.get(Message, id), flags=("erased",), attachments=(), text=""))


async def _confide(tx: Any, id: TicketId) -> None:
    await tx.save(replace(await tx.get(Ticket, id), confidential=True))
