"""Which word lives in which table."""

from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa

from crm_core.model.account import AppKey
from crm_core.model.acknowledging import Allowance
from crm_core.model.agent import Agent
from crm_core.model.answer import Answer, Macro
from crm_core.model.bringing import Import, ImportRow
from crm_core.model.broadcast import Broadcast, Hearing
from crm_core.model.call import Call, CallCommand, Phone
from crm_core.model.catalogue import (
    Misdirect,
    Notice,
    NoticeLink,
    Ownership,
    Place,
    ServiceEdition,
    Suggestion,
    Tenure,
)
from crm_core.model.consent import Consent
from crm_core.model.consult import Consult
from crm_core.model.customer import Customer, Identity
from crm_core.model.drift import Drift
from crm_core.model.feedback import Feedback
from crm_core.model.handout import Handout
from crm_core.model.inbox import Inbox
from crm_core.model.merge import Merge
from crm_core.model.message import Message
from crm_core.model.privacy import Erasure, Export, LegalHold
from crm_core.model.promise import Edition, Job, Mark, Timer
from crm_core.model.proof import Proof
from crm_core.model.queue import Queue, Team
from crm_core.model.relation import Relation
from crm_core.model.report import Report
from crm_core.model.retention import Period, Sweep
from crm_core.model.service import LifeEvent, Service, Unit
from crm_core.model.sla import Calendar, SlaPolicy
from crm_core.model.suspicion import Block, Suspicion
from crm_core.model.ticket import Conversation, Ticket
from crm_core.model.work import Offer, Work
from crm_core.store import tables
from crm_core.store.maps.codec import Map

V = TypeVar("V")

_HOMES: dict[type, sa.Table] = {
    Agent: tables.agents,
    Allowance: tables.allowances,
    Answer: tables.answers,
    AppKey: tables.app_keys,
    Block: tables.blocks,
    Broadcast: tables.broadcasts,
    Calendar: tables.calendars,
    Call: tables.calls,
    CallCommand: tables.call_commands,
    Consent: tables.consents,
    Consult: tables.consults,
    Conversation: tables.conversations,
    Customer: tables.customers,
    Drift: tables.drifts,
    Edition: tables.editions,
    Erasure: tables.erasures,
    Feedback: tables.feedback,
    Handout: tables.handouts,
    Hearing: tables.hearings,
    Export: tables.exports,
    LegalHold: tables.holds,
    Identity: tables.identities,
    Import: tables.imports,
    ImportRow: tables.import_rows,
    Inbox: tables.inboxes,
    LifeEvent: tables.life_events,
    Merge: tables.merges,
    Job: tables.jobs,
    Macro: tables.macros,
    Mark: tables.marks,
    Message: tables.messages,
    Misdirect: tables.misdirects,
    Notice: tables.notices,
    NoticeLink: tables.notice_links,
    Offer: tables.offers,
    Ownership: tables.ownerships,
    Period: tables.periods,
    Phone: tables.phones,
    Place: tables.places,
    Proof: tables.proofs,
    Queue: tables.queues,
    Relation: tables.relations,
    Report: tables.public_reports,
    Service: tables.services,
    ServiceEdition: tables.service_editions,
    SlaPolicy: tables.policies,
    Suggestion: tables.suggestions,
    Suspicion: tables.suspicions,
    Sweep: tables.sweeps,
    Team: tables.teams,
    Tenure: tables.tenures,
    Ticket: tables.tickets,
    Timer: tables.timers,
    Unit: tables.units,
    Work: tables.work,
}


@cache
def _map(kind: type) -> Map[Any]:
    return Map(kind, _HOMES[kind])


def map_of(kind: type[V]) -> Map[V]:
    """The map of a word. Raises KeyError for a type that has no table."""
    return _map(kind)  # type: ignore[arg-type]  # a class is hashable
