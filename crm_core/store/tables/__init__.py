"""The tables, by what they are about; every one is named here."""

from crm_core.store.tables.base import metadata
from crm_core.store.tables.catalogue import (
    life_events,
    misdirects,
    notice_links,
    notices,
    ownerships,
    places,
    service_editions,
    suggestions,
    tenures,
)
from crm_core.store.tables.house import calendars, inboxes, policies, queues, secrets, services, settings, teams, units
from crm_core.store.tables.live import offers, work
from crm_core.store.tables.matters import blobs, conversations, files, messages, ticket_readers, tickets, wires
from crm_core.store.tables.people import (
    customers,
    dismissals,
    identities,
    merges,
    person_keys,
    proofs,
    relations,
    visits,
)
from crm_core.store.tables.privacy import backups, erasures, holds, shreds
from crm_core.store.tables.promises import editions, jobs, marks, timers
from crm_core.store.tables.record import cursors, event_words, events, idempotency, leases, relay
from crm_core.store.tables.staff import agents, credentials, links, sessions, tokens

__all__ = [
    "agents",
    "backups",
    "blobs",
    "calendars",
    "conversations",
    "credentials",
    "cursors",
    "customers",
    "dismissals",
    "editions",
    "erasures",
    "event_words",
    "events",
    "files",
    "holds",
    "idempotency",
    "identities",
    "inboxes",
    "jobs",
    "leases",
    "life_events",
    "links",
    "marks",
    "merges",
    "messages",
    "metadata",
    "misdirects",
    "notice_links",
    "notices",
    "offers",
    "ownerships",
    "person_keys",
    "places",
    "policies",
    "proofs",
    "queues",
    "relations",
    "relay",
    "secrets",
    "service_editions",
    "services",
    "sessions",
    "settings",
    "shreds",
    "suggestions",
    "teams",
    "tenures",
    "ticket_readers",
    "tickets",
    "timers",
    "tokens",
    "units",
    "visits",
    "wires",
    "work",
]
