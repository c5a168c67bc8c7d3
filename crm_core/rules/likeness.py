"""When two records may be one person: what is alike, each with its reason, and what people are found by.

Everything here only *suggests*. A name, a street and a telephone that a family shares
prove nothing; they are shown to an agent with the reasons, and nothing joins by them.
Names are compared in every form that people write them: traditional and simplified
signs, pinyin, accents or none, family name first or last.
"""

import os
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import islice, product
from typing import Any

from crm_core.model.address import Address
from crm_core.model.customer import Customer, Identity
from crm_core.rules import text

FEW = 5
"""A name that more people have says nothing by itself."""

MOST_WORDS = 6
MOST_READINGS = 4
LONGEST_KEY = 80

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
_LATIN = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_DIGITS = re.compile(r"\d+")
_TYPED_NUMBER = re.compile(r"[+(]?[\d\s()+./-]{3,40}")
_WHOLE_NUMBER = 7  # from so many digits on, a nought before them is a prefix of the country's, not part of the number
_SURNAMES = {"曾": "zeng", "单": "shan", "解": "xie", "仇": "qiu", "区": "ou", "查": "zha", "盖": "ge", "朴": "piao"}
"""Signs that are read in their own way as a family name."""

_PAIRED_SURNAMES = frozenset("欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 令狐 宇文 长孙 慕容 司徒 夏侯 端木".split())
_STREETS = {
    "st": "street",
    "rd": "road",
    "ave": "avenue",
    "av": "avenue",
    "ln": "lane",
    "sq": "square",
    "ter": "terrace",
}


class Alike(StrEnum):
    """In what two records agree."""

    PHONE = "same_phone"
    MAIL = "same_mail"
    OTHER_ADDRESS = "same_address"
    NAME = "same_name"
    NAME_FORMS = "same_name_forms"
    NAME_PINYIN = "same_name_pinyin"
    STREET = "same_street"


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing in which they agree; `shared` marks an address that several people use."""

    code: Alike
    detail: str = ""
    shared: bool = False

    @property
    def words(self) -> str:
        """For whoever decides."""
        about = {
            Alike.PHONE: "the same telephone number",
            Alike.MAIL: "the same mail address",
            Alike.OTHER_ADDRESS: "the same address",
            Alike.NAME: "the same name",
            Alike.NAME_FORMS: "the same name in traditional and simplified signs",
            Alike.NAME_PINYIN: "the same name in Chinese signs and in pinyin",
            Alike.STREET: "the same street and number",
        }[self.code]
        return f"{about}, which several people use" if self.shared else about


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person as far as likeness goes: who they are, and the addresses they use or claim."""

    customer: Customer
    identities: tuple[Identity, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggest:
    """They may be one person; an agent sees why and decides."""

    one: Somebody
    other: Somebody
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Apart:
    """Nothing says that they are one person."""

    why: str


def compare(one: Somebody, other: Somebody, *, bearers: int = 1) -> Suggest | Apart:
    """Whether an agent should look at these two.

    `bearers` is how many customers have the name in some form. One shared address is
    enough to look; a name needs a street beside it, or to be rare.
    """
    if one.customer.id == other.customer.id:
        return Apart("they are one record already")
    addresses = tuple(_same_addresses(one, other))
    name = _same_name(one.customer.name, other.customer.name)
    street = _same_street(one.customer, other.customer)
    if addresses or (name and (street or bearers <= FEW)):
        return Suggest(one, other, (*addresses, *name, *street))
    return Apart("only a name that many have" if name else "nothing is alike")


def like_keys(customer: Customer) -> frozenset[str]:
    """What customers who may be the same have in common; to be looked up, never to join by."""
    return _like_keys(customer.name, street=customer.street, place=customer.place)


def found_by(customer: Customer, addresses: Iterable[Address]) -> frozenset[str]:
    """All that somebody is found by."""
    return keys_of(customer.name, street=customer.street, place=customer.place, addresses=addresses)


def keys_of(name: str, *, street: str, place: str, addresses: Iterable[Address]) -> frozenset[str]:
    """Every order of a name, its pinyin and the initials, mail addresses, numbers from their ends; and likeness."""
    keys = {f"n:{form}" for form in _spoken(name)}
    for address in addresses:
        digits = "".join(_DIGITS.findall(address.value)) if address.scheme == "tel" else ""
        keys.add(f"d:{digits[::-1]}" if digits else f"m:{text.fold(address.value)}")
    return frozenset(key[:LONGEST_KEY] for key in keys) | _like_keys(name, street=street, place=place)


def asked_for(typed: str) -> tuple[str, ...]:
    """The beginnings of keys that somebody means who typed this: a number's end, a mail address, or a name."""
    plain = unicodedata.normalize("NFKC", typed).strip()
    if _TYPED_NUMBER.fullmatch(plain):
        digits = "".join(_DIGITS.findall(plain))
        whole = digits.lstrip("0") if len(digits) >= _WHOLE_NUMBER else digits
        return (f"d:{whole[::-1]}",) if len(whole) >= 3 else ()
    folded = text.fold(plain)
    if "@" in folded:
        return (f"m:{folded.strip()}"[:LONGEST_KEY],)
    name = " ".join(_name_words(folded)) or folded
    if not name:
        return ()
    mail = (f"m:{folded}"[:LONGEST_KEY],) if re.fullmatch(r"[a-z0-9._+-]{2,}", folded) else ()
    return (f"n:{name}"[:LONGEST_KEY], *mail)


def name_forms(name: str) -> frozenset[str]:
    """The forms in which two names are compared: Chinese signs as they are (simplified), and Latin words in order of letters."""
    folded = text.fold(name)
    forms = {run for run in _HAN.findall(folded) if len(run) > 1}
    words = _latin_words(folded)
    if len(words) > 1:
        forms.add(" ".join(sorted(words)))
    forms.update(" ".join(sorted(pair)) for run in _HAN.findall(folded) for pair in _pinyin_names(run))
    return frozenset(forms)


def street_key(street: str, *, place: str) -> str:
    """A street with its number in any order and abbreviation; empty where there is no number to tell neighbours apart."""
    words = [word for word in text.tokens(street) if word]
    if not any(word.isdigit() or word[0].isdigit() for word in words) or len(words) < 2:
        return ""
    known = sorted(_STREETS.get(word, word) for word in words)
    return " ".join([*known, *text.tokens(place)])


def latin(name: str) -> str:
    """How a name in Chinese signs reads in Latin letters; empty where it needs no help."""
    runs = _HAN.findall(text.fold(name))
    if not runs or _latin_words(text.fold(name)):
        return ""
    first = next(iter(_pinyin_names(runs[0])), None)
    return "" if first is None else f"{first[1].title()} {first[0].title()}"


def _like_keys(name: str, *, street: str, place: str) -> frozenset[str]:
    where = street_key(street, place=place)
    names = (f"l:{key}" for key in name_forms(name))
    return frozenset(key[:LONGEST_KEY] for key in (*names, *([f"s:{where}"] if where else [])))


def _same_addresses(one: Somebody, other: Somebody) -> Iterable[Reason]:
    theirs = {identity.address: identity for identity in other.identities}
    for mine in one.identities:
        same = theirs.get(mine.address)
        if same is not None:
            code = {"tel": Alike.PHONE, "mailto": Alike.MAIL}.get(mine.address.scheme, Alike.OTHER_ADDRESS)
            yield Reason(code, mine.address.value, shared=mine.shared or same.shared)


def _same_name(one: str, other: str) -> tuple[Reason, ...]:
    """That the names are one, and by which bridge: as they stand, in other signs, or in pinyin."""
    common = name_forms(one) & name_forms(other)
    if not common:
        return ()
    if any(_HAN.fullmatch(form) for form in common):
        as_they_stand = set(_HAN.findall(_wide(one))) & set(_HAN.findall(_wide(other)))
        return (Reason(Alike.NAME if as_they_stand else Alike.NAME_FORMS),)
    if _HAN.search(one) and _HAN.search(other):
        return ()  # other signs that only sound alike are other names
    in_letters = (" ".join(sorted(_latin_words(text.fold(name)))) in common for name in (one, other))
    return (Reason(Alike.NAME if all(in_letters) else Alike.NAME_PINYIN),)


def _same_street(one: Customer, other: Customer) -> tuple[Reason, ...]:
    key = street_key(one.street, place=one.place)
    return (Reason(Alike.STREET, one.street),) if key and key == street_key(other.street, place=other.place) else ()


def _spoken(name: str) -> Iterable[str]:
    """A name as people type it: its words in every order that begins with any of them, pinyin joined, and initials."""
    folded = text.fold(name)
    yield from _orders(_latin_words(folded))
    for run in _HAN.findall(folded):
        yield run
        if len(run) > 2:
            yield run[_surname(run) :]
        for syllables in _readings(run):
            yield "".join(syllables)
            yield "".join(syllable[0] for syllable in syllables)
        for family, given in _pinyin_names(run):
            yield f"{family} {given}"
            yield f"{given} {family}"
    if not _LATIN.search(folded) and folded.strip():
        yield " ".join(folded.split())


def _wide(name: str) -> str:
    return unicodedata.normalize("NFKC", name)


def _orders(words: list[str]) -> Iterable[str]:
    for at in range(len(words)):
        yield " ".join((*words[at:], *words[:at]))
    if len(words) > 2:
        yield f"{words[0]} {words[-1]}"
        yield f"{words[-1]} {words[0]}"


def _latin_words(folded: str) -> list[str]:
    return _LATIN.findall(_HAN.sub(" ", folded))[:MOST_WORDS]


def _name_words(folded: str) -> list[str]:
    return folded.replace(",", " ").split()[:MOST_WORDS]


def _surname(run: str) -> int:
    return 2 if len(run) > 2 and run[:2] in _PAIRED_SURNAMES else 1


def _pinyin_names(run: str) -> tuple[tuple[str, str], ...]:
    """Family and given name of a Chinese name of two to four signs, in each reading of its signs."""
    if not 2 <= len(run) <= 4:
        return ()
    cut = _surname(run)
    return tuple(("".join(signs[:cut]), "".join(signs[cut:])) for signs in _readings(run))


def _readings(run: str) -> Collection[tuple[str, ...]]:
    """How signs may be read, without tones; the usual reading first, a few at most."""
    table = _table()
    signs = [_plain_syllables(table.get(ord(sign), "")) for sign in run[:8]]
    if signs and run[0] in _SURNAMES:
        signs[0] = tuple(dict.fromkeys((_SURNAMES[run[0]], *signs[0])))
    return tuple(islice(product(*signs), MOST_READINGS)) if all(signs) else ()


@cache
def _plain_syllables(readings: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.fold(one) for one in readings.split(",") if one))


@cache
def _table() -> Any:
    """Sign to readings. Loaded when the first Chinese name comes; the phrases, three quarters of its weight, are not."""
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin.pinyin_dict import pinyin_dict

    return pinyin_dict
