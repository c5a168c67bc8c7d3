"""Our words as the specification's documents: services, definitions, requests, tokens, and where all that is found."""

from datetime import UTC, datetime
from typing import Any

from channels.open311.calls import MOUNT
from channels.open311.drawing import Document
from channels.open311.settings import Open311Settings
from crm_core.model.report import DEGREE, PublicCatalogue, PublicRequest, PublicService
from crm_core.model.service import Condition, Field, FieldKind, Given

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
FORMATS = ["text/xml", "application/json"]

_TYPES = {
    FieldKind.LONG: "text",
    FieldKind.NUMBER: "number",
    FieldKind.DATE: "datetime",
    FieldKind.CHOICE: "singlevaluelist",
    FieldKind.YES: "singlevaluelist",
}
_YES_NO = {"en": {"yes": "Yes", "no": "No"}, "zh": {"yes": "是", "no": "否"}}
_TOLD_BY_THE_PLACE = frozenset({FieldKind.PLACE})
_HINTS = {
    "en": {
        "only": "Only where “{label}” is {values}.",
        "answered": "Only where “{label}” is answered.",
        "unanswered": "Only where “{label}” is not answered.",
        "or": " or ",
        "file": "A file: send it in a multipart body, or its address as media_url.",
        "date": "A date such as 2026-11-20.",
        "place": "Taken from the location where it is left out.",
    },
    "zh": {
        "only": "仅当“{label}”为{values}时填写。",
        "answered": "仅当“{label}”已填写时填写。",
        "unanswered": "仅当“{label}”未填写时填写。",
        "or": "或",
        "file": "文件：以 multipart 方式上传，或在 media_url 中提供网址。",
        "date": "日期，例如 2026-11-20。",
        "place": "如未填写，则采用位置参数。",
    },
}


def discovery(catalogue: PublicCatalogue, *, settings: Open311Settings, public_url: str) -> Document:
    """Where the API is, in which formats, and when what it offers last changed."""
    changed = instant(catalogue.changed_at)
    endpoint = {
        "specification": SPECIFICATION,
        "url": f"{public_url.rstrip('/')}{MOUNT}",
        "changeset": changed,
        "type": "production",
        "formats": FORMATS,
    }
    return Document(
        "discovery",
        {
            "changeset": changed,
            "contact": settings.contact or public_url,
            "key_service": settings.key_service or settings.contact or public_url,
            "endpoints": [endpoint],
        },
    )


def services(catalogue: PublicCatalogue) -> Document:
    """What can be filed."""
    return Document("services", [_service(one) for one in catalogue.services])


def definition(service: PublicService, *, language: str) -> Document:
    """What else is asked for a service. What hangs on another answer is not required: a list of questions cannot say when."""
    labels = {field.key: _in(field.label, language) for field in service.fields}
    attributes = [_attribute(field, order, labels, language) for order, field in enumerate(service.fields, start=1)]
    return Document("service_definition", {"service_code": service.code, "attributes": attributes})


def filed(number: str) -> Document:
    """What whoever filed a request gets at once: the number by which we know it at every door."""
    return Document("service_requests", [{"service_request_id": number, "service_notice": None, "account_id": None}])


def token(request: PublicRequest) -> Document:
    """Numbers are given at once, so each is its own token."""
    return Document("service_requests", [{"service_request_id": request.number, "token": request.number}])


def requests(found: tuple[PublicRequest, ...], *, agency: str) -> Document:
    """Requests as strangers see them."""
    return Document("service_requests", [_request(one, agency=agency) for one in found])


def instant(at: datetime) -> str:
    """W3C, to the second, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _service(service: PublicService) -> dict[str, Any]:
    return {
        "service_code": service.code,
        "service_name": service.name,
        "description": service.about,
        "metadata": bool(service.fields),
        "type": "realtime",
        "keywords": ", ".join(service.keywords),
        "group": service.group,
    }


def _attribute(field: Field, order: int, labels: dict[str, str], language: str) -> dict[str, Any]:
    told = field.kind in _TOLD_BY_THE_PLACE
    return {
        "variable": True,
        "code": field.key,
        "datatype": _TYPES.get(field.kind, "string"),
        "required": field.required and field.only_if is None and not told,
        "datatype_description": _hint(field, labels, language) or None,
        "order": order,
        "description": " ".join(filter(None, (labels[field.key], _in(field.help, language)))),
        "values": _values(field, language),
    }


def _values(field: Field, language: str) -> list[dict[str, str]]:
    if field.kind is FieldKind.YES:
        return [{"key": key, "name": name} for key, name in _YES_NO.get(language, _YES_NO["en"]).items()]
    choices = field.choices if field.kind is FieldKind.CHOICE else ()
    return [{"key": _in(choice, "en"), "name": _in(choice, language)} for choice in choices]


def _hint(field: Field, labels: dict[str, str], language: str) -> str:
    words = _HINTS.get(language, _HINTS["en"])
    kind = {FieldKind.FILE: "file", FieldKind.DATE: "date", FieldKind.PLACE: "place"}.get(field.kind)
    return " ".join(filter(None, (words[kind] if kind else "", _when(field.only_if, labels, words))))


def _when(on: Condition | None, labels: dict[str, str], words: dict[str, str]) -> str:
    if on is None:
        return ""
    name = {Given.ONE_OF: "only", Given.ANSWERED: "answered", Given.UNANSWERED: "unanswered"}[on.given]
    return words[name].format(label=labels.get(on.field, on.field), values=words["or"].join(on.values))


def _request(request: PublicRequest, *, agency: str) -> dict[str, Any]:
    spot = request.spot
    return {
        "service_request_id": request.number,
        "status": "closed" if request.closed else "open",
        "status_notes": request.note,
        "service_name": request.service.name,
        "service_code": request.service.code,
        "description": request.words or None,
        "agency_responsible": agency,
        "service_notice": request.notice or None,
        "requested_datetime": instant(request.requested_at),
        "updated_datetime": instant(request.updated_at),
        "expected_datetime": instant(request.expected_at) if request.expected_at else None,
        "address": spot.address or None,
        "address_id": spot.address_id or None,
        "zipcode": None,
        "lat": None if spot.lat is None else spot.lat / DEGREE,
        "long": None if spot.long is None else spot.long / DEGREE,
        "media_url": None,
    }


def _in(texts: dict[str, str], language: str) -> str:
    return texts.get(language) or texts.get("en") or next(filter(None, texts.values()), "")
