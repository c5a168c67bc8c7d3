"""Tickets, their strands and messages; files and raw wires as they came."""

import sqlalchemy as sa

from crm_core.model.message import Delivery
from crm_core.store.tables.base import bytes_column, int_column, metadata, one_of, partial_index, text_column


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
        for order in ("updated_at", "created_at", "due_at", "rank")
    ]


tickets = sa.Table(
    "tickets",
    metadata,
    text_column("id", key=True),
    text_column("number"),
    text_column("subject"),
    text_column("status"),
    int_column("priority"),
    text_column("service"),
    text_column("queue"),
    text_column("customer"),
    text_column("customer_name"),
    text_column("channel"),
    int_column("created_at"),
    int_column("updated_at"),
    text_column("assignee", null=True),
    text_column("language", null=True),
    text_column("snippet"),
    int_column("live"),
    int_column("confidential"),
    text_column("readers"),
    text_column("related", null=True),
    int_column("snoozed_until", null=True),
    int_column("first_answered_at", null=True),
    int_column("awaiting_since", null=True),
    int_column("solved_at", null=True),
    int_column("first_due_at", null=True),
    int_column("resolution_due_at", null=True),
    int_column("due_at", null=True),
    text_column("due_kind", null=True),
    text_column("clock"),
    int_column("rank"),
    int_column("version"),
    text_column("unit", null=True),
    text_column("place", null=True),
    text_column("parent", null=True),
    text_column("received_in", null=True),
    int_column("confidence", null=True),
    text_column("matched"),
    int_column("erased_at", null=True),
    text_column("published_in", null=True),
    sa.UniqueConstraint("number"),
    partial_index("ix_tickets_kept", "id", where="status = 'closed' AND erased_at IS NULL"),
    partial_index("ix_tickets_active", "id", "service", where="status NOT IN ('solved', 'closed')"),
    sa.Index("ix_tickets_customer", "customer", "updated_at", "id"),
    partial_index("ix_tickets_parent", "parent", "id", where="parent IS NOT NULL"),
    partial_index("ix_tickets_unit", "unit", "id", where="status NOT IN ('solved', 'closed')"),
    partial_index(
        "ix_tickets_published",
        *("published_in", "service", "status", "created_at", "id"),
        where="published_in IS NOT NULL AND confidential = 0 AND erased_at IS NULL",
    ),
    *_listed("queue", "confidential", where="confidential = 0"),
    *_listed("assignee", where="assignee IS NOT NULL"),
)

ticket_readers = sa.Table(
    "ticket_readers",
    metadata,
    text_column("agent", key=True),
    text_column("ticket", key=True),
    sa.Index(None, "ticket"),
)

public_reports = sa.Table(
    "public_reports",
    metadata,
    text_column("id", key=True),
    int_column("lat", null=True),
    int_column("long", null=True),
    text_column("address"),
    text_column("address_id"),
    text_column("words"),
)

conversations = sa.Table(
    "conversations",
    metadata,
    text_column("id", key=True),
    text_column("ticket"),
    text_column("inbox"),
    text_column("address"),
    text_column("thread_key", null=True),
    text_column("subject"),
    int_column("created_at"),
    int_column("last_inbound_at", null=True),
    text_column("reply_to", null=True),
    int_column("last_outbound_at", null=True),
    int_column("live_until", null=True),
    sa.Index(None, "ticket"),
    sa.Index(None, "address", "inbox", "last_inbound_at"),
)

NOT_GONE = "plan IS NOT NULL AND delivery IN ('scheduled', 'queued', 'no_relay')"
"""Answers that were held and have not left the house."""

ON_PAPER = "delivery IN ('to_print', 'printed')"
"""Letters that people still have to print, or to take to the post."""

messages = sa.Table(
    "messages",
    metadata,
    text_column("id", key=True),
    text_column("ticket"),
    text_column("conversation", null=True),
    text_column("direction"),
    text_column("channel"),
    text_column("sender"),
    text_column("text"),
    int_column("created_at"),
    int_column("at_version"),
    text_column("address", null=True),
    text_column("author", null=True),
    text_column("inbox", null=True),
    text_column("html", null=True),
    text_column("subject", null=True),
    text_column("attachments"),
    text_column("external_id", null=True),
    text_column("wire_id", null=True),
    int_column("proven"),
    text_column("flags"),
    text_column("delivery"),
    text_column("delivery_reason", null=True),
    int_column("attempts"),
    int_column("send_at", null=True),
    text_column("wire", null=True),
    int_column("version"),
    text_column("plan", null=True),
    sa.UniqueConstraint("inbox", "external_id"),
    sa.Index("ix_messages_ticket", "ticket", "at_version", "id"),
    sa.Index("ix_messages_external", "external_id"),
    sa.Index("ix_messages_wire_id", "wire_id"),
    partial_index("ix_messages_outgoing", "send_at", "id", where="delivery IN ('queued', 'no_relay', 'sending')"),
    partial_index("ix_messages_unknown", "ticket", "created_at", where="delivery = 'unknown'"),
    partial_index("ix_messages_on_paper", "created_at", "id", where=ON_PAPER),
    partial_index("ix_messages_waiting", "ticket", "send_at", where=NOT_GONE),
    partial_index("ix_messages_failed", "address", "created_at", where="delivery = 'failed'"),
)

OUTGOING = one_of(messages.c.delivery, (Delivery.QUEUED, Delivery.NO_RELAY, Delivery.SENDING))
"""Answers that are on their way out."""

files = sa.Table(
    "files",
    metadata,
    text_column("id", key=True),
    text_column("ticket", null=True),
    text_column("message", null=True),
    text_column("owner", null=True),
    text_column("name"),
    text_column("type"),
    int_column("size"),
    text_column("digest"),
    text_column("content_id", null=True),
    int_column("created_at"),
    sa.Index(None, "ticket"),
    sa.Index(None, "digest"),
    partial_index("ix_files_waiting", "owner", where="ticket IS NULL"),
)

handouts = sa.Table(
    "handouts",
    metadata,
    text_column("id", key=True),
    text_column("ticket"),
    int_column("fetched"),
    int_column("fetched_at", null=True),
    int_column("shut_at", null=True),
    text_column("shut_by", null=True),
    int_column("version"),
)

blobs = sa.Table(
    "blobs",
    metadata,
    text_column("digest", key=True),
    bytes_column("content", null=True),
    int_column("size"),
    int_column("stored_as_file"),
)

wires = sa.Table(
    "wires",
    metadata,
    text_column("id", key=True),
    text_column("inbox"),
    int_column("arrived_at"),
    text_column("headers"),
    bytes_column("body", null=True),
    text_column("digest"),
    int_column("size"),
    text_column("state"),
    text_column("why", null=True),
    text_column("part_of", null=True),
    partial_index("ix_wires_part_of", "part_of", where="part_of IS NOT NULL"),
    partial_index("ix_wires_large", "digest", where="body IS NULL"),
    partial_index("ix_wires_quarantine", "arrived_at", "id", where="state = 'quarantined'"),
)

wire_terms = sa.Table(
    "wire_terms",
    metadata,
    text_column("term", key=True),
    text_column("wire", key=True),
    sa.Index(None, "wire"),
)
"""What a wire in quarantine can be found by. Not in the index of words: it must be there with the wire, for an erasure
goes by it, and nobody but an admin may find anything in it."""
