"""The translation of GeoReport v2: what a call means, what it lacks, and how answers are written in both formats."""

from __future__ import annotations

import hashlib
import json
import pickle
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.contract import Ask, Opening, Outcome, Reading, Response, Wire
from channels.open311 import drawing
from channels.open311.calls import key_in, without_key
from channels.open311.channel import Open311, choose
from channels.open311.settings import Open311Settings
from crm_core.model.errors import BadInput, NotFound, Problem
from crm_core.model.ids import AppKeyId, InboxId
from crm_core.model.message import Inbound
from crm_core.model.report import PublicCatalogue, PublicRequest, PublicRequests, PublicService, Spot
from crm_core.model.service import Condition, Field, FieldKind, Given

SECRET = "onk_of-the-tests"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SETTINGS = Open311Settings(jurisdiction="larkhaven.example", contact="api@larkhaven.example")
OPENING = Opening(
    InboxId("i"),
    None,
    "City of Larkhaven",
    SETTINGS,
    "https://larkhaven.example",
    None,
    keys={hashlib.sha256(SECRET.encode()).hexdigest(): AppKeyId("k")},
)
OPEN = Open311(OPENING)
FORM = {
    "api_key": SECRET,
    "service_code": "pothole",
    "lat": "37.76524078",
    "long": "-122.4212043",
    "address_string": "1234 5th street",
    "email": "Wei@Example.org",
    "first_name": "Wei",
    "last_name": "Zhang",
    "phone": "+1 555 0142",
    "description": "A large hole.\nIt grows.",
    "attribute[depth]": "Deep",
}
POTHOLE = PublicService(
    "pothole",
    "Potholes",
    "Holes in a road.",
    ("hole", "road"),
    "Streets",
    (
        Field(
            "depth",
            FieldKind.CHOICE,
            {"en": "How deep?", "zh": "多深？"},
            {"en": "A guess."},
            True,
            ({"en": "Deep"}, {"en": "Flat"}),
        ),
        Field(
            "hurt",
            FieldKind.TEXT,
            {"en": "Who was hurt?"},
            {},
            True,
            only_if=Condition("depth", Given.ONE_OF, ("Deep",)),
        ),
        Field("where", FieldKind.PLACE, {"en": "Where?"}, {}, True),
        Field("photo", FieldKind.FILE, {"en": "A photo"}, {}, False),
    ),
)
SEEN = PublicRequest(
    "ON-4F7K-2931", True, POTHOLE, "2 days", NOW, NOW + timedelta(days=1), None,
    Spot(37765241, -122421204, "1234 5th street & co", ""), "A <large> hole.\x07", "Filled. 完成",
)  # fmt: skip


def wire(path: str, body: bytes = b"", *, kind: str = "application/x-www-form-urlencoded; charset=utf-8") -> Wire:
    url = f"https://larkhaven.example/open311/v2/{path}"
    return Wire(body, {"Content-Type": kind}, url, NOW, method="POST" if body else "GET")


def asked(path: str) -> Ask:
    [part] = OPEN.read(wire(path)).parts
    assert isinstance(part, Ask)
    return part


def filed(form: dict[str, Any] | None = None, **changes: str) -> Inbound:
    [part] = OPEN.read(wire("requests.json", urlencode({**(form or FORM), **changes}).encode())).parts
    assert isinstance(part, Inbound)
    return part


def refused(path: str, body: bytes = b"", *, kind: str = "application/x-www-form-urlencoded") -> tuple[int, str]:
    """The status and the first description by which a call is refused, without anything asked of the core."""
    reading = OPEN.read(wire(path, body, kind=kind))
    assert reading.parts == ()
    said = OPEN.answer(reading, ())
    [error] = errors(said)
    assert error["code"] == str(said.status)
    return said.status, error["description"]


def errors(said: Response) -> list[dict[str, str]]:
    if said.type.startswith("application/json"):
        found: list[dict[str, str]] = json.loads(said.body)
        return found
    root = ET.fromstring(said.body)
    assert root.tag == "errors"
    return [{part.tag: part.text or "" for part in error} for error in root.findall("error")]


def drawn(path: str, answer: Any) -> Any:
    """The same answer in both formats, which must hold the same."""
    pages = []
    for format in ("json", "xml"):
        reading = OPEN.read(wire(f"{path}.{format}"))
        said = OPEN.answer(reading, [Outcome(answer=answer)])
        assert (said.status, said.type) == (200, drawing.TYPES[format])
        assert said.headers["Access-Control-Allow-Origin"] == "*"
        pages.append(said.body)
    plain = json.loads(pages[0])
    assert pages[1].startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    assert as_plain(ET.fromstring(pages[1])) == as_texts(plain)
    return plain


def as_plain(element: ET.Element) -> Any:
    """XML by the "Spark convention": a container of equal elements is a list."""
    if element.tag in drawing._ITEMS:
        assert {child.tag for child in element} <= {drawing._ITEMS[element.tag]}
        return [as_plain(child) for child in element]
    return {child.tag: as_plain(child) for child in element} if len(element) else element.text


def as_texts(plain: Any) -> Any:
    if isinstance(plain, dict):
        return {name: as_texts(value) for name, value in plain.items()}
    if isinstance(plain, list):
        return [as_texts(value) for value in plain]
    if plain in (None, ""):
        return None
    return str(plain).lower() if isinstance(plain, bool) else drawing._NOT_IN_XML.sub("\ufffd", str(plain))


def test_a_request_is_one_claimed_contact_with_its_place_and_its_answers_unchecked() -> None:
    found = filed()
    assert (str(found.sender), found.sender_name, found.proven) == ("mailto:wei@example.org", "Wei Zhang", None)
    assert [str(one) for one in found.other_addresses] == ["tel:+15550142"]
    assert (found.service, found.text, found.answers) == ("pothole", "A large hole.\nIt grows.", {"depth": "Deep"})
    assert found.spot == Spot(37765241, -122421204, "1234 5th street", "")


def test_the_same_request_is_the_same_on_its_day_and_another_tomorrow_or_in_other_words() -> None:
    body = urlencode(FORM).encode()
    [tomorrow] = OPEN.read(replace(wire("requests.xml", body), arrived_at=NOW + timedelta(days=1))).parts
    assert isinstance(tomorrow, Inbound)
    assert filed().external_id == filed().external_id
    assert len({filed().external_id, filed(description="Deeper.").external_id, tomorrow.external_id}) == 3


def test_photos_come_in_a_multipart_body_and_are_what_their_content_shows() -> None:
    jpeg = b"\xff\xd8\xff\xe0 picture \r\n\r\n--not the end"
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in FORM.items()
    ]
    photo = b'--b\r\nContent-Disposition: form-data; name="media"; filename="\xe5\x9d\x91.html"\r\nContent-Type: text/html\r\n\r\n'
    body = b"".join([*parts, photo, jpeg, b"\r\n--b--\r\n"])
    [found] = OPEN.read(wire("requests.json", body, kind="multipart/form-data; boundary=b")).parts
    assert isinstance(found, Inbound)
    assert [(one.name, one.type, one.content) for one in found.files] == [("photo-1.jpg", "image/jpeg", jpeg)]
    assert (found.text, found.service) == ("A large hole.\nIt grows.", "pothole")
    program = body.replace(jpeg, b"MZ\x90")
    assert refused("requests.json", program, kind="multipart/form-data; boundary=b")[0] == 400
    assert SECRET.encode() not in without_key(wire("requests.json", body, kind="multipart/form-data; boundary=b")).body


def test_who_says_no_name_is_known_by_their_device_and_not_by_its_number() -> None:
    plain = {name: FORM[name] for name in ("api_key", "service_code", "lat", "long")}
    one, again = (
        filed(plain, device_id="tt222111", description="a"),
        filed(plain, device_id="tt222111", description="b"),
    )
    assert one.sender == again.sender
    assert one.sender.scheme == "app"
    assert "tt222111" not in str(one.sender)
    assert filed(plain, description="a").sender != filed(plain, description="b").sender


@pytest.mark.parametrize(
    ("changes", "status", "why"),
    [
        ({"api_key": ""}, 403, "api_key is missing or invalid"),
        ({"api_key": "onk_another"}, 403, "api_key is missing or invalid"),
        ({"service_code": ""}, 400, "service_code was not provided"),
        ({"lat": "", "long": "", "address_string": ""}, 400, "A location was not provided"),
        ({"lat": ""}, 400, "lat and long are both needed, or neither"),
        ({"lat": "91"}, 400, "lat is no number of degrees from -90 to 90"),
        ({"lat": "nan"}, 400, "lat is no number of degrees from -90 to 90"),
        ({"long": "east"}, 400, "long is no number of degrees"),
        ({"email": "nobody"}, 400, "email is no mail address"),
        ({"phone": "12"}, 400, "phone is no phone number"),
        ({"description": "x" * 4001}, 400, "description has 4000 characters at most"),
        ({"media_url": "javascript:alert(1)"}, 400, "media_url is no http or https address"),
        ({"jurisdiction_id": "elsewhere.example"}, 404, "jurisdiction_id was not found"),
    ],
)
@pytest.mark.parametrize("format", ["xml", "json"])
def test_what_a_request_lacks_is_said_in_the_format_that_was_asked_for(
    changes: dict[str, str], status: int, why: str, format: str
) -> None:
    said = refused(f"requests.{format}", urlencode({**FORM, **changes}).encode())
    assert said[0] == status
    assert said[1].startswith(why)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("services", 404),
        ("services.html", 404),
        ("nothing.xml", 404),
        ("services/a/b.json", 404),
        ("requests.json?jurisdiction_id=elsewhere.example", 404),
        ("requests.json?status=pending", 400),
        ("requests.json?start_date=yesterday", 400),
        ("requests.json?start_date=2026-01-01T00:00:00Z&end_date=2026-04-02T00:00:00Z", 400),
        ("requests.json?start_date=2026-02-01T00:00:00Z&end_date=2026-01-01T00:00:00Z", 400),
        ("requests.json?page_size=1001", 400),
        ("requests.json?page_size=%C2%B2", 400),
        ("requests.json?page=2", 400),
    ],
)
def test_a_call_that_asks_nothing_we_know_is_refused(path: str, status: int) -> None:
    assert refused(path)[0] == status


def test_a_list_spans_the_last_ninety_days_unless_it_says_otherwise_and_numbers_override_everything() -> None:
    usual = asked("requests.xml?jurisdiction_id=larkhaven.example&status=&service_code=").values
    assert (usual["begins"], usual["ends"]) == ((NOW - timedelta(days=90)).isoformat(), NOW.isoformat())
    assert (usual["states"], usual["codes"], usual["limit"]) == ("open,closed", "", "1000")
    said = asked(
        "requests.json?start_date=2026-01-01T00:00:00%2B01:00&status=closed&service_code=a,b&page_size=7"
    ).values
    assert (said["begins"], said["ends"]) == ("2025-12-31T23:00:00+00:00", "2026-03-31T23:00:00+00:00")
    assert (said["states"], said["codes"], said["limit"]) == ("closed", "a,b", "7")
    both = asked("requests.json?service_request_id=ON-1,%20ON-2&status=nonsense").values
    assert both == {"language": "en", "numbers": "ON-1,ON-2"}
    assert asked("requests/ON-1.json").values["numbers"] == "ON-1"


def test_services_and_where_the_api_is_are_written_as_the_specification_has_them() -> None:
    catalogue = PublicCatalogue((POTHOLE,), NOW)
    [service] = drawn("services", catalogue)
    assert service == {
        "service_code": "pothole",
        "service_name": "Potholes",
        "description": "Holes in a road.",
        "metadata": True,
        "type": "realtime",
        "keywords": "hole, road",
        "group": "Streets",
    }
    found = drawn("discovery", catalogue)
    assert found["changeset"] == "2026-11-23T09:00:00Z"
    [endpoint] = found["endpoints"]
    assert endpoint["url"] == "https://larkhaven.example/open311/v2"
    assert endpoint["formats"] == ["text/xml", "application/json"]
    assert found["contact"] == found["key_service"] == "api@larkhaven.example"


def test_a_definition_requires_nothing_that_hangs_on_another_answer_or_is_told_by_the_place() -> None:
    found = drawn("services/pothole", POTHOLE)
    assert found["service_code"] == "pothole"
    questions = {one["code"]: one for one in found["attributes"]}
    assert {code: one["required"] for code, one in questions.items()} == {
        "depth": True,
        "hurt": False,
        "where": False,
        "photo": False,
    }
    assert questions["depth"]["datatype"] == "singlevaluelist"
    assert questions["depth"]["values"] == [{"key": "Deep", "name": "Deep"}, {"key": "Flat", "name": "Flat"}]
    assert questions["hurt"]["datatype_description"] == "Only where “How deep?” is Deep."
    assert [one["order"] for one in found["attributes"]] == [1, 2, 3, 4]


def test_a_request_is_written_with_every_field_and_no_sign_that_breaks_xml() -> None:
    [one] = drawn("requests", PublicRequests((SEEN,)))
    assert (one["service_request_id"], one["status"], one["status_notes"]) == ("ON-4F7K-2931", "closed", "Filled. 完成")
    assert (one["lat"], one["long"]) == (37.765241, -122.421204)
    assert one["updated_datetime"] == "2026-11-24T09:00:00Z"
    assert one["agency_responsible"] == "City of Larkhaven"
    assert drawn("requests/ON-4F7K-2931", PublicRequests((SEEN,))) == [one]
    assert drawn("tokens/ON-4F7K-2931", PublicRequests((SEEN,))) == [
        {"service_request_id": "ON-4F7K-2931", "token": "ON-4F7K-2931"}
    ]
    assert drawn("requests", PublicRequests(())) == []


def test_the_next_page_is_linked_and_its_address_has_no_key() -> None:
    reading = OPEN.read(wire(f"requests.json?status=open&api_key={SECRET}&page_size=1"))
    said = OPEN.answer(reading, [Outcome(answer=PublicRequests((SEEN,), "abc_-"))])
    assert said.headers["Link"] == (
        '<https://larkhaven.example/open311/v2/requests.json?status=open&page_size=1&cursor=abc_->; rel="next"'
    )


def test_what_the_core_refuses_is_an_error_of_the_specification() -> None:
    filing = OPEN.read(wire("requests.json", urlencode(FORM).encode()))
    wrong = BadInput(Problem("depth", "One of: Deep, Flat."), Problem("hurt", "This has to be answered."))
    said = OPEN.answer(filing, [Outcome(refused=wrong)])
    assert (said.status, [one["description"] for one in errors(said)]) == (
        400,
        ["attribute[depth]: One of: Deep, Flat.", "attribute[hurt]: This has to be answered."],
    )
    said = OPEN.answer(filing, [Outcome(refused=NotFound())])
    assert (said.status, errors(said)[0]["description"]) == (404, "service_code was not found")
    for path, why in (("requests/x.xml", "service_request_id"), ("tokens/x.xml", "token")):
        said = OPEN.answer(OPEN.read(wire(path)), [Outcome(answer=PublicRequests(()))])
        assert (said.status, errors(said)[0]["description"]) == (404, f"{why} was not found")
    said = OPEN.answer(filing, [Outcome(number="ON-4F7K-2931")])
    assert json.loads(said.body)[0]["service_request_id"] == "ON-4F7K-2931"


@pytest.mark.parametrize("encoded", [SECRET, "".join(f"%{ord(sign):02X}" for sign in SECRET)])
def test_a_key_is_never_kept_however_it_is_written(encoded: str) -> None:
    plain = {name: value for name, value in FORM.items() if name != "api_key"}
    in_body = without_key(wire("requests.json", f"{urlencode(plain)}&api_key={encoded}".encode()))
    in_address = without_key(wire(f"requests.json?api_key={encoded}", urlencode(plain).encode()))
    for left in (in_body, in_address):
        assert key_in(left) == ""
        assert encoded.encode() not in left.body + left.url.encode()


def test_the_endpoint_of_a_jurisdiction_answers_for_it_and_the_oldest_for_everybody_else() -> None:
    other = replace(OPENING, inbox=InboxId("j"), settings=Open311Settings(jurisdiction="port.example"))
    both = (OPENING, other)
    assert choose(wire("services.xml?jurisdiction_id=port.example"), both) == "j"
    assert choose(wire("services.xml?jurisdiction_id=nowhere.example"), both) == "i"
    assert choose(wire("services.xml"), both) == choose(wire("nonsense"), both) == "i"
    assert choose(wire("services.xml"), ()) is None


def test_a_reading_survives_the_process_that_reads_large_ones() -> None:
    for made in (OPEN.read(wire("x.xml")), OPEN.read(wire("requests.json", urlencode(FORM).encode()))):
        again = pickle.loads(pickle.dumps(made))
        assert isinstance(again, Reading)
        assert again.parts == made.parts
    assert OPEN.answer(pickle.loads(pickle.dumps(OPEN.read(wire("x.xml")))), ()).status == 404


@given(
    st.text(),
    st.binary(max_size=300),
    st.sampled_from(["application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "", "x/y"]),
)
def test_no_call_breaks_the_reader(path: str, body: bytes, kind: str) -> None:
    reading = OPEN.read(wire(path.encode("utf-8", "replace").decode(), body, kind=kind))
    if not reading.parts:
        assert OPEN.answer(reading, ()).status in (400, 403, 404)
