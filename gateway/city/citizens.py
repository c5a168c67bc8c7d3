"""Who lives in Larkhaven: named people from the pictures, and others drawn from name pools."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm_core.model.address import Address
from crm_core.model.customer import Customer, Identity
from crm_core.model.ids import CustomerId, IdentityId
from crm_core.model.preferences import Contacting, DoNot, Need
from gateway.city.books import Books, Page
from gateway.city.dice import Dice

PLACE = "Larkhaven"
_HAN = re.compile(r"[\u4e00-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Citizen:
    """A customer with their addresses, and where they live (`street` by number in the book of places)."""

    key: str
    customer: Customer
    identities: tuple[Identity, ...]
    house: str
    street: int

    @property
    def mail(self) -> Address:
        """Where their mail comes from."""
        return self.identities[0].address

    def at(self, scheme: str, *, looks: str = "") -> Address | None:
        """Where they write from by a door whose addresses are of this scheme; None if they have nothing of the kind.

        `looks` makes an address of their own (`72{:07}`), for doors at which everybody gets a number.
        """
        if looks:
            return Address(scheme, looks.format(Dice(0, scheme, self.key).number(0, 9_999_999)))
        own = (one.address for one in self.identities if one.address.scheme == scheme and not one.shared)
        return next(own, None)

    @property
    def latin(self) -> str:
        """The name as an English letter writes it."""
        return _HAN.sub("", self.customer.name).strip()

    @property
    def han(self) -> str:
        """The name as a Chinese letter writes it."""
        found = _HAN.search(self.customer.name)
        return found[0] if found else self.customer.name


def telephones(people: Page) -> list[str]:
    """Every number that there could be in the city; none of them is anybody's."""
    return [f"+1{area}55501{last:02}" for area in people["area_codes"] for last in range(100)]


def draw_citizens(books: Books, *, now: datetime, seed: int) -> list[Citizen]:
    """The named first; each mail address, phone and name occurs once."""
    dice = Dice(seed, "citizens")
    streets = [street["en"] for street in books.places["street"]]
    named = [
        _citizen(page["key"], page, street=streets.index(page["street"]), streets=streets, dice=dice, now=now)
        for page in books.people["named"]
    ]
    wanted = books.people["citizens"] - len(named)
    drawn = _pages(books.people, taken={citizen.customer.name for citizen in named}, dice=dice)
    others = [
        _citizen(
            f"c{number}", next(drawn), street=dice.number(0, len(streets) - 1), streets=streets, dice=dice, now=now
        )
        for number in range(wanted)
    ]
    return named + others


def _citizen(key: str, page: Page, *, street: int, streets: Sequence[str], dice: Dice, now: datetime) -> Citizen:
    since = now - timedelta(days=dice.number(61, 800), minutes=dice.number(0, 900))
    until = page.get("calls_until")
    customer = Customer(
        dice.id(CustomerId, at=since),
        page["name"],
        page["language"],
        since,
        channel=page.get("channel"),
        do_not=(DoNot(Contacting.CALLS, after=until),) if until else (),
        needs=tuple(Need(code, detail) for code, detail in page.get("needs", {}).items()),
        street=f"{page['house']} {streets[street]}",
        place=PLACE,
    )
    identities = tuple(_identities(page, customer, since=since, dice=dice))
    return Citizen(key, customer, identities, page["house"], street)


def _identities(page: Page, customer: Customer, *, since: datetime, dice: Dice) -> Iterator[Identity]:
    """Their mail, proven by what came from it; a telephone they wrote into a form; a second mailbox, proven by a code."""
    known = [(Address.mail(page["mail"]), "dmarc")]
    if page.get("phone"):
        known.append((Address.phone(page["phone"]), page.get("phone_proven", "form")))
    if page.get("second_mail"):
        known.append((Address.mail(page["second_mail"]), "code"))
    for address, evidence in known:
        yield Identity(
            dice.id(IdentityId, at=since),
            customer.id,
            address,
            evidence=evidence,
            created_at=since,
            proven_at=None if evidence == "form" else since,
            shared=address.scheme == "tel" and page.get("phone_shared", False),
        )


def _pages(people: Page, *, taken: set[str], dice: Dice) -> Iterator[Page]:
    """People without end, as pages like those of the named; nobody twice."""
    pools = people["pool"]
    shares = {number: pool["share"] for number, pool in enumerate(pools)}
    phones = iter(dice.shuffled(telephones(people)))
    mails: set[str] = set()
    while True:
        pool = pools[dice.weighted(shares)]
        family, given = dice.pick(pool["family"]), dice.pick(pool["given"])
        name, local = _chinese(family, given) if pool.get("chinese") else _western(family, given)
        if name in taken:
            continue
        taken.add(name)
        mail = f"{_local(local, dice=dice)}@{dice.pick(people['providers'])}"
        if mail in mails:
            continue
        mails.add(mail)
        phone = next(phones, None) if dice.chance(0.55) else None
        house = str(dice.number(1, 96))
        yield {"name": name, "mail": mail, "phone": phone, "language": pool["language"], "house": house}


def _western(family: str, given: str) -> tuple[str, tuple[str, str]]:
    return f"{given} {family}", (given, family)


def _chinese(family: str, given: str) -> tuple[str, tuple[str, str]]:
    (family_han, family_latin), (given_han, given_latin) = family.split(), given.split()
    return f"{family_han}{given_han} {given_latin} {family_latin}", (given_latin, family_latin)


def _local(name: tuple[str, str], *, dice: Dice) -> str:
    given, family = (_plain(part) for part in name)
    shapes = (f"{given}.{family}", f"{given[0]}.{family}", f"{given}{family}", f"{family}.{given}", f"{given}.{family}")
    return dice.pick(shapes) + (str(dice.number(58, 99)) if dice.chance(0.2) else "")


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKD", name.casefold().replace("ł", "l").replace("ı", "i").replace("ø", "o"))
    return re.sub(r"[^a-z]", "", folded)
