"""The one-stop catalogue: services in the citizen's words, and the offices that own them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crm_core.model.ids import CalendarId, LifeEventId, PolicyId, QueueId, ServiceId, UnitId


class FieldKind(StrEnum):
    """What a form asks for, drawn and checked alike on every channel."""

    TEXT = "text"
    LONG = "long"
    EMAIL = "email"
    PHONE = "phone"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    YES = "yes"
    PLACE = "place"
    FILE = "file"


class Publicity(StrEnum):
    """What strangers see of requests that were filed, for a service, at a door where everybody can look.

    PRIVATE: such a door does not offer it. PLACE: that there is one, where, and how far it is.
    WORDS: what was said of it and its photos, too, without what names or reaches the person.
    """

    PRIVATE = "private"
    PLACE = "place"
    WORDS = "words"


class Given(StrEnum):
    """What an earlier answer has to be for a question to be asked."""

    ONE_OF = "one_of"
    ANSWERED = "answered"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Condition:
    """A question is asked only if an earlier one of its form, `field`, was answered so.

    `values` belong to ONE_OF alone: options of a choice as programs read them (their English
    name), or `yes` and `no`. One condition a question, and no algebra of several: whoever
    writes the form and whoever fills it in see at a glance why something is asked.
    """

    field: str
    given: Given = Given.ONE_OF
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a service's form. Texts are by language: `{"en": …, "zh": …}`.

    `page` is the part of the form it stands in, from 1; the service names its parts.
    `only_if` says when it is asked; without it, always (`rules/forms.py` decides).
    """

    key: str
    kind: FieldKind
    label: dict[str, str]
    help: dict[str, str]
    required: bool
    choices: tuple[dict[str, str], ...] = ()
    page: int = 1
    only_if: Condition | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """An owning office. Effective-dated: a reorganisation loses nothing. Citizens never see it."""

    id: UnitId
    name: str
    valid_from: datetime
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """What happens in people's lives, under which they look for what they need: moving, a child."""

    id: LifeEventId
    name: dict[str, str]
    order: int


@dataclass(frozen=True, slots=True)
class Service:
    """One thing a person can want. Promise, owner, queue and skills hang here, never on a channel.

    `synonyms` are the citizens' other words for it, by language. `unit` is who owns it where
    no ownership of its place says otherwise. `hours` are when it is open to people, where
    that differs from its promise; `steps` what happens one after the other; `pages` the
    names of the form's parts; `publicity` what strangers see of its requests.
    `confirm`: an address typed into its form gets no second message before its owner showed
    that it is theirs, whatever the form's inbox asks (`Forms.confirm`).
    `asked`: people are asked how they were served in it.
    """

    id: ServiceId
    slug: str
    name: dict[str, str]
    about: dict[str, str]
    synonyms: dict[str, tuple[str, ...]]
    unit: UnitId
    queue: QueueId
    policy: PolicyId
    skills: dict[str, int]
    fields: tuple[Field, ...]
    facts: dict[str, dict[str, str]]
    active: bool
    order: int
    version: int = 1
    life_events: tuple[LifeEventId, ...] = ()
    hours: CalendarId | None = None
    steps: tuple[dict[str, str], ...] = ()
    pages: tuple[dict[str, str], ...] = ()
    publicity: Publicity = Publicity.PRIVATE
    confirm: bool = False
    asked: bool = True
