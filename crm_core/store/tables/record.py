"""The stream of events, and what the machinery remembers."""

import sqlalchemy as sa

from crm_core.store.tables.base import int_column, metadata, partial_index, text_column

events = sa.Table(
    "events",
    metadata,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    int_column("position", null=True),
    text_column("id"),
    text_column("type"),
    int_column("at"),
    text_column("actor_kind"),
    text_column("actor"),
    text_column("ticket", null=True),
    int_column("at_version", null=True),
    text_column("audience"),
    text_column("before", null=True),
    text_column("facts"),
    text_column("digest"),
    text_column("cause", null=True),
    text_column("ticket_hash", null=True),
    text_column("chain_hash", null=True),
    sa.UniqueConstraint("position"),
    sa.UniqueConstraint("id"),
    sa.Index("ix_events_ticket", "ticket", "position"),
    partial_index("ix_events_fresh", "seq", where="position IS NULL"),
)

event_words = sa.Table(
    "event_words",
    metadata,
    text_column("event", key=True),
    text_column("salt"),
    text_column("personal"),
    text_column("about", null=True),
    partial_index("ix_event_words_about", "about", where="about IS NOT NULL"),
)
"""`about`: whose words they are where the event is about no ticket (a customer), or what they taught (a suggestion)."""

relay = sa.Table("relay", metadata, int_column("one", key=True), int_column("top"), text_column("chain_hash"))

leases = sa.Table(
    "leases",
    metadata,
    text_column("name", key=True),
    text_column("holder"),
    int_column("epoch"),
    int_column("expires_at"),
)

cursors = sa.Table("cursors", metadata, text_column("name", key=True), text_column("value"))

idempotency = sa.Table(
    "idempotency",
    metadata,
    text_column("actor", key=True),
    text_column("key", key=True),
    text_column("request"),
    int_column("status"),
    text_column("answer"),
    int_column("created_at"),
)
