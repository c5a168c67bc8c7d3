"""An app of somebody else lists services, files a request, and sees what became of it; on both databases, by the real doors."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp import ClientSession, FormData
from georeport import GeoReport

from config.settings import load
from crm_core.actions import importing
from crm_core.model.service import Condition, Field, FieldKind, Publicity
from crm_core.store.tables import wires
from crm_core.store.tx import Read
from gateway.house import GATEWAY
from gateway.wiring import House, open_record
from tests.stories.conftest import Install
from tests.stories.face import Api, Json, inside, token_for
from tests.stories.service import Service
from tests.world import IMPORTER, PARKING, service

PHOTO = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 1200  # 300 kB: read in a process of its own
CANARY = ("wei@example.org", "5550142", "Wei", "Zhang", "tt222111", "onk_", "between us")
POTHOLE = replace(
    service("pothole", PARKING, order=9),
    name={"en": "Potholes", "zh": "路面坑洞"},
    about={"en": "Holes in a road.", "zh": "路面上的坑。"},
    synonyms={"en": ("hole", "road")},
    publicity=Publicity.WORDS,
    fields=(
        Field("where", FieldKind.PLACE, {"en": "Where is it?"}, {}, required=True),
        Field("hurt", FieldKind.YES, {"en": "Could somebody get hurt?"}, {}, required=True),
        Field("how", FieldKind.TEXT, {"en": "How?"}, {}, required=True, only_if=Condition("hurt", values=("yes",))),
        Field("photo", FieldKind.FILE, {"en": "A photo"}, {}, required=False),
    ),
)
FLOOD = replace(service("flood", PARKING, order=10), publicity=Publicity.PLACE)


@dataclass
class City:
    """A served installation with an endpoint, Anna's program, the admin's, and an app with its key."""

    service: Service
    anna: Api
    ada: Api
    app: ClientSession
    inbox: str
    key: Json
    house: House

    @property
    def form(self) -> dict[str, str]:
        return {
            "api_key": self.key["key"],
            "service_code": "pothole",
            "lat": "37.76524078",
            "long": "-122.4212043",
            "address_string": "1234 5th street",
            "email": "wei@example.org",
            "phone": "+1 555 0142",
            "first_name": "Wei",
            "last_name": "Zhang",
            "device_id": "tt222111",
            "description": "A large hole, says Wei Zhang. Call me: 555-0142 or wei@example.org",
            "attribute[hurt]": "yes",
            "attribute[how]": "On a bicycle",
        }

    async def post(
        self, changes: dict[str, str] | None = None, *, format: str = "json", photo: bytes = b""
    ) -> tuple[int, Any]:
        """File a request; the status and what was answered."""
        form = FormData({**self.form, **(changes or {})})
        if photo:
            form.add_field("media", photo, filename="hole.jpg", content_type="image/jpeg")
        async with self.app.post(f"/open311/v2/requests.{format}", data=form) as answer:
            said = await answer.read()
            return answer.status, json.loads(said) if format == "json" else said

    async def get(self, path: str, **arguments: str) -> Any:
        async with self.app.get(f"/open311/v2/{path}", params=arguments) as answer:
            assert answer.status == 200, await answer.text()
            said = await answer.text()
            assert not [word for word in CANARY if word in said], said
            return json.loads(said)

    async def refused(self, path: str, **arguments: str) -> int:
        async with self.app.get(f"/open311/v2/{path}", params=arguments) as answer:
            assert [set(one) for one in json.loads(await answer.read())] == [{"code", "description"}]
            return answer.status


@pytest.fixture
async def city(database: str, install: Install) -> AsyncIterator[City]:
    house = install(database)
    anna, ada = await token_for(house), await token_for(house, "ada@larkhaven.example")
    async with open_record(load(house.environment)) as desk:
        await desk.do(IMPORTER, importing.import_values, [POTHOLE, FLOOD])
    async with (
        inside(house) as parts,
        Api.open(house, anna) as agent,
        Api.open(house, ada) as admin,
        ClientSession(house.url) as app,
    ):
        made = await admin.post("/inboxes", {"channel": "open311", "name": "City of Larkhaven", "settings": {}})
        key = await admin.post(f"/inboxes/{made['id']}/keys", {"name": "An app"})
        yield City(house, agent, admin, app, made["id"], key, parts)


async def test_an_app_files_a_request_with_a_photo_and_sees_it_closed_with_its_note(city: City) -> None:
    geo = GeoReport(f"{city.service.url}/open311/v2")
    services = await asyncio.to_thread(geo.get_service_list)
    assert [one["service_code"] for one in services] == ["pothole", "flood"]
    definition = await asyncio.to_thread(geo.get_service_definition, "pothole")
    assert {one["code"]: one["required"] for one in definition["attributes"]} == {
        "where": False,
        "hurt": True,
        "how": False,
        "photo": False,
    }
    status, [filed] = await city.post(photo=PHOTO)
    assert status == 200
    number = filed["service_request_id"]

    ticket = await city.anna.get(f"/tickets/{number}")
    assert (ticket["number"], ticket["service"], ticket["customer_name"]) == (number, "s-pothole", "Wei Zhang")
    [said] = await city.anna.messages(ticket["id"])
    assert said["text"] == (
        "Also to be reached at\n+15550142\n\n"
        "Where is it?\n1234 5th street · 37.765241, -122.421204\n\nCould somebody get hurt?\nYes\n\n"
        "How?\nOn a bicycle\n\nA large hole, says Wei Zhang. Call me: 555-0142 or wei@example.org"
    )
    assert said["flags"] == ["public"]
    [photo] = said["attachments"]
    async with city.anna.http.get(f"{city.service.url}/api/v1/files/{photo['id']}") as kept:
        assert await kept.read() == PHOTO

    [seen] = await asyncio.to_thread(geo.get_service_requests, status="open")
    assert (seen["service_request_id"], seen["status"], seen["status_notes"]) == (number, "open", None)
    assert seen["description"] == "A large hole, says […]. Call me: […] or […]"
    assert (seen["address"], seen["lat"], seen["long"]) == ("1234 5th street", 37.765241, -122.421204)

    ways = {one["address"]: one for one in (await city.anna.get(f"/tickets/{ticket['id']}/ways"))["items"]}
    everybody = ways[f"public:{number}"]
    assert (everybody["open"], everybody["doubt"], everybody["usual"]) == (True, "public", False)
    assert ways["mailto:wei@example.org"]["usual"]
    await city.anna.post(f"/tickets/{ticket['id']}/notes", {"text": "This stays between us."})
    answer = {"text": "Filled this morning.", "address": f"public:{number}", "status": "solved"}
    sent = await city.anna.post(f"/tickets/{ticket['id']}/replies", answer)
    await city.anna.reaches(sent["id"], "sent")
    closed = await asyncio.to_thread(geo.get_service_request, number)
    assert (closed["status"], closed["status_notes"]) == ("closed", "Filled this morning.")
    by_xml = await asyncio.to_thread(GeoReport(geo.root_address, output_format="xml").get_service_request, number)
    assert (by_xml["status"], by_xml["status_notes"], by_xml["lat"]) == ("closed", "Filled this morning.", "37.765241")


async def test_strangers_see_what_the_service_shows_and_never_who_filed_it(city: City) -> None:
    [_, [hole]], [_, [flood]] = (
        await city.post(),
        await city.post({"service_code": "flood", "attribute[hurt]": "", "attribute[how]": ""}),
    )
    hole, flood = hole["service_request_id"], flood["service_request_id"]
    shown = {one["service_request_id"]: one for one in await city.get("requests.json")}
    assert (shown[flood]["description"], shown[hole]["description"] is not None) == (None, True)
    assert [one["service_code"] for one in await city.get("requests.json", service_code="flood")] == ["flood"]
    assert await city.get("requests.json", status="closed") == []
    assert [
        one["service_request_id"] for one in await city.get("requests.json", service_request_id=f"{hole},ON-1")
    ] == [hole]
    assert await city.get(f"tokens/{hole}.json") == [{"service_request_id": hole, "token": hole}]
    mail = await city.anna.post(
        "/contacts", {"service": "pothole", "name": "Bo", "email": "bo@example.org", "text": "A hole"}
    )
    assert await city.refused(f"requests/{mail['number']}.json") == 404, "it came by another door"
    ticket = (await city.anna.get(f"/tickets/{hole}"))["id"]
    sue = await token_for(city.service, "sue@larkhaven.example")
    async with Api.open(city.service, sue) as supervisor:
        await supervisor.post(f"/tickets/{ticket}/services", {"service": "s-permit"})
    assert await city.refused(f"requests/{hole}.json") == 404, "its service is not public"
    assert [one["service_request_id"] for one in await city.get("requests.json")] == [flood]
    assert await city.refused(f"tokens/{hole}.json") == 404
    assert await city.refused("services/permit.json") == 404


async def test_what_cannot_be_taken_is_said_and_nothing_is_kept(city: City) -> None:
    status, said = await city.post({"attribute[hurt]": "perhaps", "attribute[nothing]": "x"})
    assert (status, [one["description"] for one in said]) == (
        400,
        ["attribute[nothing]: This form has no such question.", "attribute[hurt]: One of: yes, no."],
    )
    assert (await city.post({"service_code": "permit"}))[0] == 404
    for wrong in ("", "onk_wrong"):
        status, body = await city.post({"api_key": wrong}, format="xml")
        assert (status, b"<code>403</code>" in body) == (403, True)
    assert await city.anna.tickets() == []
    item = (await city.ada.get(f"/inboxes/{city.inbox}/keys"))["items"][0]
    assert "key" not in item
    async with city.ada.http.delete(f"{city.service.url}/api/v1/inboxes/{city.inbox}/keys/{item['id']}") as gone:
        assert gone.status == 204
    assert (await city.post())[0] == 403


async def test_the_same_request_sent_at_once_and_again_is_one_ticket(city: City) -> None:
    answers = await asyncio.gather(*(city.post(photo=PHOTO) for _ in range(5)))
    assert {status for status, _ in answers} == {200}
    assert len({said[0]["service_request_id"] for _, said in answers}) == 1
    assert len(await city.anna.tickets()) == 1
    kept = await city.house.desk.ask(GATEWAY, _wires)
    assert kept
    assert not [wire for wire in kept if city.key["key"] in wire]


async def _wires(read: Read) -> list[str]:
    return [f"{row['headers']} {bytes(row['body'] or b'')!r}" for row in await read.all(sa.select(wires))]
