"""The one-stop catalogue: services in the citizen's words, and the offices that own them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crm_core.model.ids import PolicyId, QueueId, ServiceId, UnitId


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


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a service's form. Texts are by language: `{"en": …, "zh": …}`."""

    key: str
    kind: FieldKind
    label: dict[str, str]
    help: dict[str, str]
    required: bool
    choices: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """An owning office. Effective-dated: a reorganisation loses nothing. Citizens never see it."""

    id: UnitId
    name: str
    valid_from: datetime
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """One thing a person can want. Promise, owner, queue and skills hang here, never on a channel."""

    id: ServiceId
    slug: str
    name: dict[str, str]
    about: dict[str, str]
    synonyms: tuple[str, ...]
    unit: UnitId
    queue: QueueId
    policy: PolicyId
    skills: dict[str, int]
    fields: tuple[Field, ...]
    facts: dict[str, dict[str, str]]
    active: bool
    order: int
    version: int = 1
