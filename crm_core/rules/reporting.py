"""A form that came unchecked from a program is checked by the catalogue's own rule, and written out as an agent reads it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from crm_core.model.errors import BadInput, NotFound, Problem
from crm_core.model.house import House
from crm_core.model.inbox import Inbox
from crm_core.model.message import Inbound
from crm_core.model.report import DEGREE, Spot
from crm_core.model.service import FieldKind, Publicity, Service
from crm_core.rules import filling, publishing
from crm_core.rules.filling import Filled

_LABELS = {
    "spot": {"en": "Where", "zh": "位置"},
    "media": {"en": "Photos, at an address that they gave", "zh": "照片（对方提供的网址）"},
    "other": {"en": "Also to be reached at", "zh": "其他联系方式"},
}
UNNAMED = "service"


def complete(inbound: Inbound, *, inbox: Inbox, house: House) -> Inbound:
    """The contact with its answers under their questions; as it was where the door did that itself.

    Raises NotFound for a service that this door does not offer, and BadInput with a problem for
    each question that is not answered as its form wants it.
    """
    if inbound.answers is None:
        return inbound
    service = _service(inbound, inbox=inbox, house=house)
    language = inbound.language or "en"
    given = _with_place(service, inbound)
    answers = filling.fill(
        service.fields,
        given=given,
        files=_with_files(service, inbound, live=house.can[inbox.channel].live),
        country=house.country_of(inbox),
        language=language,
    )
    return replace(
        inbound,
        subject=inbound.subject or publishing.said(service.name, language=language),
        text=filling.as_text([*_beside(inbound, given=given, language=language), *answers], said=inbound.text),
        fields={one.key: one.value for one in answers},
        service=service.id,
        answers=None,
    )


def _service(inbound: Inbound, *, inbox: Inbox, house: House) -> Service:
    if inbound.service is None:
        raise BadInput(Problem(UNNAMED, "Say for which service."))
    found = next((one for one in house.services.values() if inbound.service in (one.id, one.slug)), None)
    if found is None or not found.active:
        raise NotFound("There is no such service.")
    if house.can[inbox.channel].public and found.publicity is Publicity.PRIVATE:
        raise NotFound("There is no such service.")
    return found


def _with_place(service: Service, inbound: Inbound) -> dict[str, str]:
    """Whoever said where it is has answered the form's first question about a place."""
    given = dict(inbound.answers or {})
    asked = next((field.key for field in service.fields if field.kind is FieldKind.PLACE), None)
    told = _told(inbound.spot)
    if asked is not None and told and not given.get(asked):
        given[asked] = told
    return given


def _with_files(service: Service, inbound: Inbound, *, live: bool) -> list[str]:
    """Programs send files for the whole form, so any of them answers each question for one; who talks to us is asked then."""
    came = inbound.files or inbound.media or live
    return [field.key for field in service.fields if came and field.kind is FieldKind.FILE]


def _beside(inbound: Inbound, *, given: Mapping[str, str], language: str) -> Iterator[Filled]:
    """What an agent has to know that no question asked for."""
    place = _told(inbound.spot)
    told = {
        "spot": "" if place in given.values() else place,
        "media": inbound.media or "",
        "other": ", ".join(address.value for address in inbound.other_addresses),
    }
    for key, text in told.items():
        if text:
            yield Filled(key, _LABELS[key].get(language, _LABELS[key]["en"]), text, text)


def _told(spot: Spot | None) -> str:
    if spot is None:
        return ""
    at = "" if spot.lat is None or spot.long is None else f"{spot.lat / DEGREE:.6f}, {spot.long / DEGREE:.6f}"
    return " · ".join(filter(None, (spot.address, at, f"#{spot.address_id}" if spot.address_id else "")))
