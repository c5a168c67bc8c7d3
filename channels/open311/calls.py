"""One call of the API as it came: its address, its arguments and files, and the format of the answer."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from channels.contract import Wire

MOUNT = "/open311/v2"
FORMATS = ("xml", "json")
KEY = "api_key"
MULTIPART = "multipart/form-data"
MOST_ARGUMENTS = 200
LONGEST_ARGUMENT = 20_000

_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,60})\](?:\[\])?")


class Fault(Exception):
    """What the caller did wrong, as the specification numbers it."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(status, why)
        self.status = status
        self.why = why


@dataclass(frozen=True, slots=True)
class Media:
    """A file that came with a request. Its name and what it says it is are not believed anyway."""

    content: bytes


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked: `("requests", "ON-…")`. Empty arguments are as if they were not there, as the specification has it."""

    path: tuple[str, ...]
    format: str
    method: str
    arguments: Mapping[str, str]
    attributes: Mapping[str, str] = field(default_factory=dict)
    media: tuple[Media, ...] = ()

    def required(self, name: str) -> str:
        """An argument. Raises Fault where it is missing."""
        if not self.arguments.get(name):
            raise Fault(400, f"{name} was not provided")
        return self.arguments[name]

    def listed(self, name: str) -> tuple[str, ...]:
        """The values of an argument that takes several, with commas between."""
        return tuple(filter(None, (part.strip() for part in self.arguments.get(name, "").split(","))))

    def moment(self, name: str) -> datetime | None:
        """A date and time with its zone (W3C). Raises Fault for anything else."""
        text = self.arguments.get(name, "")
        if not text:
            return None
        try:
            at = datetime.fromisoformat(text.replace(" ", "+"))  # a plus that nobody encoded
            return at.astimezone(UTC) if at.tzinfo is not None else at.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            raise Fault(400, f"{name} is no date and time such as 2026-01-31T00:00:00Z") from None


def format_of(wire: Wire) -> str:
    """The format that the address asks for; XML, which everybody reads, where it asks for none of ours."""
    ending = urlsplit(wire.url).path.rpartition(".")[2].casefold()
    return ending if ending in FORMATS else "xml"


def read(wire: Wire) -> Call:
    """The call. Raises Fault where it is none."""
    address = urlsplit(wire.url)
    _, found, rest = address.path.partition(f"{MOUNT}/")
    name, _, ending = rest.rpartition(".")
    path = tuple(unquote(part) for part in name.split("/"))
    if not found or ending.casefold() not in FORMATS or not all(path):
        raise Fault(404, "There is nothing at this address. It ends in .xml or .json.")
    pairs = list(_pairs(address.query))
    media: tuple[Media, ...] = ()
    if wire.method == "POST":
        more, media = _body(wire)
        pairs += more
    plain, attributes = _sorted(pairs)
    return Call(path, ending.casefold(), wire.method, plain, attributes, media)


def key_in(wire: Wire) -> str:
    """The API key that came with it, or an empty text."""
    try:
        return read(wire).arguments.get(KEY, "")
    except Fault:
        return ""


def without_key(wire: Wire) -> Wire:
    """What is kept of a call: all but the key."""
    address = urlsplit(wire.url)
    url = urlunsplit(address._replace(query=_but_keys(address.query)))
    if wire.method != "POST" or not wire.body:
        return replace(wire, url=url)
    header = _type_of(wire)
    if header.partition(";")[0].strip().casefold() != MULTIPART:
        return replace(wire, url=url, body=_but_keys(wire.body.decode("utf-8", "replace")).encode())
    body = wire.body
    for name, value in _body(wire)[0]:
        if name == KEY and value:
            body = body.replace(value.encode(), b"*" * len(value))
    return replace(wire, url=url, body=body)


def _but_keys(text: str) -> str:
    return urlencode([(name, value) for name, value in _pairs(text) if name != KEY])


def _type_of(wire: Wire) -> str:
    return next((value for name, value in wire.headers.items() if name.casefold() == "content-type"), "")


def _body(wire: Wire) -> tuple[list[tuple[str, str]], tuple[Media, ...]]:
    header = _type_of(wire)
    if header.partition(";")[0].strip().casefold() == MULTIPART:
        return _multipart(header, wire.body)
    return list(_pairs(wire.body.decode("utf-8", "replace"))), ()


def _multipart(header: str, body: bytes) -> tuple[list[tuple[str, str]], tuple[Media, ...]]:
    """Fields and files, RFC 7578."""
    whole = BytesParser(policy=compat32).parsebytes(
        b"Content-Type: " + header.encode("latin-1", "replace") + b"\r\n\r\n" + body
    )
    if not whole.is_multipart():
        raise Fault(400, "This is no multipart body")
    fields, media = [], []
    for part in whole.get_payload():
        if not isinstance(part, Message):
            continue
        content = part.get_payload(decode=True)
        name, file = (part.get_param(said, None, "content-disposition") for said in ("name", "filename"))
        if not isinstance(content, bytes):
            continue
        if file is None:
            fields.append((str(name), content.decode("utf-8", "replace")))
        elif content:
            media.append(Media(content))
    return fields[:MOST_ARGUMENTS], tuple(media)


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    try:
        yield from parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_ARGUMENTS, errors="replace")
    except ValueError:
        raise Fault(400, "Too many arguments") from None


def _sorted(pairs: list[tuple[str, str]]) -> tuple[dict[str, str], dict[str, str]]:
    """Plain arguments and attributes; of a plain one that comes twice the first value that is not empty."""
    plain: dict[str, str] = {}
    attributes: dict[str, str] = {}
    for name, value in pairs:
        found = _ATTRIBUTE.fullmatch(name)
        text = value.replace("\x00", "").encode("utf-8", "replace").decode()[:LONGEST_ARGUMENT]
        if not text.strip():
            continue
        if found is None:
            plain.setdefault(name, text.strip())
        elif found[1] in attributes and attributes[found[1]] != text:
            raise Fault(400, f"attribute[{found[1]}] takes one value")
        else:
            attributes[found[1]] = text
    return plain, attributes
