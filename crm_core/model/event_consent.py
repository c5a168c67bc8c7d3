"""Events of the ledger of consents: told to those who may see the person, without a word of the address."""

from dataclasses import dataclass

from crm_core.model.consent import Consent
from crm_core.model.event import ADMINS, Event
from crm_core.model.ids import CustomerId
from crm_core.model.view import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentEvent(Event):
    """Anything about whether we may write to an address; `customer` holds it, where somebody does."""

    consent: Consent
    customer: CustomerId | None = None
    seers: frozenset[str] = ADMINS

    def facts(self) -> Json:
        whose = {} if self.customer is None else {"customer": self.customer}
        return {"consent": self.consent.id, "inbox": self.consent.inbox, **whose}

    def for_whom(self) -> frozenset[str]:
        return self.seers


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentStopped(ConsentEvent):
    """They asked for no more messages by this inbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentStarted(ConsentEvent):
    """They want them again."""
