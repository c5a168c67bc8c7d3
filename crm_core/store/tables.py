"""The tables. Columns are plain text, integers and bytes, on both databases.

Times are integer microseconds since 1970 UTC, truth values are 0 or 1, lists and
mappings are JSON text: a statement compiled once then runs on either driver with no
type processing (see `WRITE_PATH` in the docs' decisions: eight times faster per select).
"""

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str, *, null: bool = False, key: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=null, primary_key=key)


def _int(name: str, *, null: bool = False, key: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger, nullable=null, primary_key=key, autoincrement=False)


def _bytes(name: str, *, null: bool = False) -> "sa.Column[bytes]":
    return sa.Column(name, sa.LargeBinary, nullable=null)


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> sa.Index:
    """An index of just the rows that still want something; it stays small however long the history."""
    kept = sa.text(where)
    return sa.Index(name, *columns, unique=unique, sqlite_where=kept, postgresql_where=kept)


units = sa.Table(
    "units", metadata, _text("id", key=True), _text("name"), _int("valid_from"), _int("valid_until", null=True)
)

teams = sa.Table("teams", metadata, _text("id", key=True), _text("name"))

calendars = sa.Table(
    "calendars", metadata, _text("id", key=True), _text("name"), _text("zone"), _text("windows"), _text("exceptions")
)

policies = sa.Table(
    "policies",
    metadata,
    _text("id", key=True),
    _text("name"),
    _text("calendar"),
    _int("first_live"),
    _int("first_deferred"),
    _int("next_answer"),
    _int("resolution"),
    _int("version"),
)

queues = sa.Table(
    "queues",
    metadata,
    _text("id", key=True),
    _text("slug"),
    _text("name"),
    _text("team"),
    _text("skills"),
    _text("calendar"),
    _text("icon"),
    _int("order"),
    _int("active"),
    _int("version"),
    sa.UniqueConstraint("slug"),
)

services = sa.Table(
    "services",
    metadata,
    _text("id", key=True),
    _text("slug"),
    _text("name"),
    _text("about"),
    _text("synonyms"),
    _text("unit"),
    _text("queue"),
    _text("policy"),
    _text("skills"),
    _text("fields"),
    _text("facts"),
    _int("active"),
    _int("order"),
    _int("version"),
    sa.UniqueConstraint("slug"),
)

agents = sa.Table(
    "agents",
    metadata,
    _text("id", key=True),
    _text("email"),
    _text("name"),
    _text("role"),
    _text("languages"),
    _text("skills"),
    _text("capacity"),
    _text("duty"),
    _int("duty_since"),
    _text("duty_reason", null=True),
    _int("active"),
    _int("created_at"),
    _text("teams"),
    _int("version"),
    sa.UniqueConstraint("email"),
)

credentials = sa.Table("credentials", metadata, _text("agent", key=True), _text("password"), _int("changed_at"))

sessions = sa.Table(
    "sessions",
    metadata,
    _text("digest", key=True),
    _text("agent"),
    _text("csrf"),
    _int("created_at"),
    _int("seen_at"),
    _int("expires_at"),
    sa.Index(None, "agent"),
)

tokens = sa.Table(
    "tokens",
    metadata,
    _text("id", key=True),
    _text("digest"),
    _text("agent"),
    _text("name"),
    _text("scopes"),
    _int("created_at"),
    _int("expires_at", null=True),
    _int("revoked_at", null=True),
    sa.UniqueConstraint("digest"),
)

links = sa.Table(
    "links",
    metadata,
    _text("digest", key=True),
    _text("purpose"),
    _text("subject"),
    _int("created_at"),
    _int("expires_at"),
    _int("used_at", null=True),
)

inboxes = sa.Table(
    "inboxes",
    metadata,
    _text("id", key=True),
    _text("channel"),
    _text("name"),
    _text("queue"),
    _text("address", null=True),
    _text("settings"),
    _int("active"),
    _int("created_at"),
    _int("version"),
    sa.UniqueConstraint("channel", "address"),
)

secrets = sa.Table("secrets", metadata, _text("inbox", key=True), _text("field", key=True), _bytes("sealed"))

_merged = sa.text("merged_into IS NOT NULL")

customers = sa.Table(
    "customers",
    metadata,
    _text("id", key=True),
    _text("name"),
    _text("language", null=True),
    _int("created_at"),
    _text("kind"),
    _text("merged_into", null=True),
    _int("version"),
    sa.Index("ix_customers_name", "name"),
    sa.Index("ix_customers_merged", "merged_into", sqlite_where=_merged, postgresql_where=_merged),
)

identities = sa.Table(
    "identities",
    metadata,
    _text("id", key=True),
    _text("customer"),
    _text("address"),
    _text("evidence"),
    _int("created_at"),
    _int("proven_at", null=True),
    _int("shared"),
    sa.UniqueConstraint("address"),
    sa.Index(None, "customer"),
)


def _listed(column: str, *more: str, where: str) -> "list[sa.Index]":
    """One index for each order in which lists are shown: a page is a few short walks, whatever the size.

    `more` are columns that the walk looks at, so that it need not touch the table.
    """
    kept = sa.text(where)
    return [
        sa.Index(
            f"ix_tickets_{column}_{order}",
            *(column, "status", order, "id", *more),
            sqlite_where=kept,
            postgresql_where=kept,
        )
        for order in ("updated_at", "created_at", "due_at", "priority")
    ]


tickets = sa.Table(
    "tickets",
    metadata,
    _text("id", key=True),
    _text("number"),
    _text("subject"),
    _text("status"),
    _int("priority"),
    _text("service"),
    _text("queue"),
    _text("customer"),
    _text("customer_name"),
    _text("channel"),
    _int("created_at"),
    _int("updated_at"),
    _text("assignee", null=True),
    _text("language", null=True),
    _text("snippet"),
    _int("live"),
    _int("confidential"),
    _text("readers"),
    _text("related", null=True),
    _int("snoozed_until", null=True),
    _int("first_answered_at", null=True),
    _int("awaiting_since", null=True),
    _int("solved_at", null=True),
    _int("first_due_at", null=True),
    _int("resolution_due_at", null=True),
    _int("due_at", null=True),
    _text("due_kind", null=True),
    _int("version"),
    sa.UniqueConstraint("number"),
    sa.Index("ix_tickets_customer", "customer", "updated_at", "id"),
    *_listed("queue", "confidential", where="confidential = 0"),
    *_listed("assignee", where="assignee IS NOT NULL"),
)

ticket_readers = sa.Table(
    "ticket_readers", metadata, _text("agent", key=True), _text("ticket", key=True), sa.Index(None, "ticket")
)

conversations = sa.Table(
    "conversations",
    metadata,
    _text("id", key=True),
    _text("ticket"),
    _text("inbox"),
    _text("address"),
    _text("thread_key", null=True),
    _text("subject"),
    _int("created_at"),
    _int("last_inbound_at", null=True),
    _text("reply_to", null=True),
    sa.Index(None, "ticket"),
    sa.Index(None, "address", "inbox"),
)

messages = sa.Table(
    "messages",
    metadata,
    _text("id", key=True),
    _text("ticket"),
    _text("conversation", null=True),
    _text("direction"),
    _text("channel"),
    _text("sender"),
    _text("text"),
    _int("created_at"),
    _int("at_version"),
    _text("address", null=True),
    _text("author", null=True),
    _text("inbox", null=True),
    _text("html", null=True),
    _text("subject", null=True),
    _text("attachments"),
    _text("external_id", null=True),
    _text("wire_id", null=True),
    _int("proven"),
    _text("flags"),
    _text("delivery"),
    _text("delivery_reason", null=True),
    _int("attempts"),
    _int("send_at", null=True),
    _text("wire", null=True),
    _int("version"),
    sa.UniqueConstraint("inbox", "external_id"),
    sa.Index("ix_messages_ticket", "ticket", "at_version", "id"),
    sa.Index("ix_messages_external", "external_id"),
    sa.Index("ix_messages_wire_id", "wire_id"),
    _partial("ix_messages_outgoing", "send_at", "id", where="delivery IN ('queued', 'no_relay', 'sending')"),
)

files = sa.Table(
    "files",
    metadata,
    _text("id", key=True),
    _text("ticket", null=True),
    _text("message", null=True),
    _text("owner", null=True),
    _text("name"),
    _text("type"),
    _int("size"),
    _text("digest"),
    _text("content_id", null=True),
    _int("created_at"),
    sa.Index(None, "ticket"),
    sa.Index(None, "digest"),
    _partial("ix_files_waiting", "owner", where="ticket IS NULL"),
)

blobs = sa.Table(
    "blobs", metadata, _text("digest", key=True), _bytes("content", null=True), _int("size"), _int("stored_as_file")
)

wires = sa.Table(
    "wires",
    metadata,
    _text("id", key=True),
    _text("inbox"),
    _int("arrived_at"),
    _text("headers"),
    _bytes("body", null=True),
    _text("digest"),
    _int("size"),
    _text("state"),
    _text("why", null=True),
    _partial("ix_wires_quarantine", "arrived_at", "id", where="state = 'quarantined'"),
)

work = sa.Table(
    "work",
    metadata,
    _text("id", key=True),
    _text("ticket"),
    _text("queue"),
    _text("channel"),
    _int("live"),
    _int("units"),
    _text("skills"),
    _text("language", null=True),
    _int("priority"),
    _int("virtual_start"),
    _int("entered_at"),
    _text("state"),
    _text("agent", null=True),
    _text("preferred", null=True),
    _text("excluded"),
    _int("version"),
    _partial("ix_work_waiting", "state", "id", where="state <> 'done'"),
    _partial("uq_work_open", "ticket", where="state <> 'done'", unique=True),
    _partial("ix_work_agent", "agent", where="state <> 'done'"),
)

offers = sa.Table(
    "offers",
    metadata,
    _text("id", key=True),
    _text("work"),
    _text("ticket"),
    _text("agent"),
    _int("made_at"),
    _int("expires_at"),
    _text("why"),
    _text("state"),
    _partial("uq_offers_live", "work", where="state = 'held_out'", unique=True),
    _partial("ix_offers_agent", "agent", where="state = 'held_out'"),
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    _int("position", null=True),
    _text("id"),
    _text("type"),
    _int("at"),
    _text("actor_kind"),
    _text("actor"),
    _text("ticket", null=True),
    _int("at_version", null=True),
    _text("audience"),
    _text("before", null=True),
    _text("facts"),
    _text("digest"),
    _text("cause", null=True),
    _text("ticket_hash", null=True),
    _text("chain_hash", null=True),
    sa.UniqueConstraint("position"),
    sa.UniqueConstraint("id"),
    sa.Index("ix_events_ticket", "ticket", "position"),
    _partial("ix_events_fresh", "seq", where="position IS NULL"),
)

event_words = sa.Table("event_words", metadata, _text("event", key=True), _text("salt"), _text("personal"))

relay = sa.Table("relay", metadata, _int("one", key=True), _int("top"), _text("chain_hash"))

leases = sa.Table("leases", metadata, _text("name", key=True), _text("holder"), _int("epoch"), _int("expires_at"))

cursors = sa.Table("cursors", metadata, _text("name", key=True), _text("value"))

idempotency = sa.Table(
    "idempotency",
    metadata,
    _text("actor", key=True),
    _text("key", key=True),
    _text("request"),
    _int("status"),
    _text("answer"),
    _int("created_at"),
)

settings = sa.Table("settings", metadata, _text("name", key=True), _text("value"))
