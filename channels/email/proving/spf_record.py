"""An SPF record taken apart, and its macros filled in (RFC 7208 §4.6.1 and §7)."""

import re
from dataclasses import dataclass
from ipaddress import ip_network
from urllib.parse import quote

from channels.email.proving.names import Ip

MOST_TERMS = 200
_TERM = re.compile(
    r"([+?~-]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?::([!-~]+?))?(?:/(\d{1,2}))?(?://(\d{1,3}))?", re.IGNORECASE
)
_IP_TERM = re.compile(r"([+?~-]?)(ip4|ip6):([0-9A-Fa-f.:]+(?:/\d{1,3})?)", re.IGNORECASE)
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)=([!-~]*)")
_MACRO = re.compile(r"%(?:\{([slodiphcrtv])(\d{0,3})(r?)([.\-+,/_=]*)\}|([%_-]))", re.IGNORECASE)
_NEEDS_SPEC = ("include", "exists")
_NO_SPEC = ("all",)
_WITH_BITS = ("a", "mx")


class UnreadableRecord(Exception):
    """The record breaks the grammar: a permanent error, nothing it says is believed."""


@dataclass(frozen=True, slots=True)
class Term:
    """One mechanism with its sign; `bits4` and `bits6` of `a` and `mx`."""

    sign: str
    name: str
    spec: str = ""
    bits4: int = 32
    bits6: int = 128


@dataclass(frozen=True, slots=True)
class Record:
    """The mechanisms in their order, and where to go when none fits."""

    terms: tuple[Term, ...]
    redirect: str | None


def parse(text: bytes) -> Record:
    """The record after `v=spf1`. Raises UnreadableRecord for any term that is not of the grammar."""
    try:
        words = text.decode("ascii").split(" ")[1:]
    except UnicodeDecodeError as why:
        raise UnreadableRecord("not ASCII") from why
    words = [word for word in words if word]
    if len(words) > MOST_TERMS:
        raise UnreadableRecord("too long")
    modifiers = [found for word in words if (found := _MODIFIER.fullmatch(word))]
    redirects = [found[2] for found in modifiers if found[1].casefold() == "redirect"]
    if len(redirects) > 1 or redirects == [""]:
        raise UnreadableRecord("redirect")
    terms = tuple(_term(word) for word in words if not _MODIFIER.fullmatch(word))
    return Record(terms, redirects[0] if redirects else None)


def _term(word: str) -> Term:
    network = _IP_TERM.fullmatch(word)
    if network:
        return _network(network)
    found = _TERM.fullmatch(word)
    if found is None:
        raise UnreadableRecord("a term that is none")
    sign, name, spec, bits4, bits6 = found.groups()
    name = name.casefold()
    right = (name not in _NEEDS_SPEC or spec) and (name not in _NO_SPEC or not spec) and name not in ("ip4", "ip6")
    right = right and (name in _WITH_BITS or not (bits4 or bits6))
    term = Term(sign or "+", name, spec or "", int(bits4 or 32), int(bits6 or 128))
    if not right or term.bits4 > 32 or term.bits6 > 128:
        raise UnreadableRecord(name)
    return term


def _network(found: re.Match[str]) -> Term:
    sign, name, spec = found[1], found[2].casefold(), found[3]
    try:
        version = ip_network(spec, strict=False).version
    except ValueError as why:
        raise UnreadableRecord(name) from why
    if f"ip{version}" != name:
        raise UnreadableRecord(name)
    return Term(sign or "+", name, spec)


def expand(spec: str, *, domain: str, sender: str, ip: Ip, helo: str) -> str:
    """A domain-spec with its macros filled in, cut from the left to 253 characters. Raises UnreadableRecord."""
    local, _, sender_domain = sender.rpartition("@")
    values = {
        "s": sender,
        "l": local,
        "o": sender_domain,
        "d": domain,
        "i": str(ip) if ip.version == 4 else ".".join(ip.exploded.replace(":", "")),
        "p": "unknown",
        "v": "in-addr" if ip.version == 4 else "ip6",
        "h": helo,
    }
    if "%" in _MACRO.sub("", spec):
        raise UnreadableRecord("a macro that is none")
    text = _MACRO.sub(lambda found: _filled(found, values), spec)
    while len(text) > 253 and "." in text:
        text = text.partition(".")[2]
    return text


def _filled(found: re.Match[str], values: dict[str, str]) -> str:
    letter, digits, backward, delimiters, sign = found.groups()
    if sign:
        return {"%": "%", "_": " ", "-": "%20"}[sign]
    if letter.casefold() not in values or digits == "0":
        raise UnreadableRecord("a macro that is not for here")
    parts = re.split(f"[{re.escape(delimiters or '.')}]", values[letter.casefold()])
    parts = parts[::-1] if backward else parts
    kept = parts[-int(digits) :] if digits else parts
    text = ".".join(kept)
    return quote(text, safe=".@") if letter.isupper() else text
