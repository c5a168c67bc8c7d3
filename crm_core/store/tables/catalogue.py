"""Beside the services: life events, places, who owns what, editions, suggestions, wrong desks, known problems."""

import sqlalchemy as sa

from crm_core.store.tables.base import int_column, metadata, partial_index, text_column

life_events = sa.Table("life_events", metadata, text_column("id", key=True), text_column("name"), int_column("order"))

places = sa.Table(
    "places", metadata, text_column("id", key=True), text_column("name"), text_column("words"), int_column("order")
)

ownerships = sa.Table(
    "ownerships",
    metadata,
    text_column("id", key=True),
    text_column("service"),
    text_column("place", null=True),
    text_column("unit"),
    text_column("queue", null=True),
    int_column("valid_from"),
    int_column("valid_until", null=True),
    sa.Index("ix_ownerships_service", "service", "valid_from"),
)

tenures = sa.Table(
    "tenures",
    metadata,
    text_column("ticket", key=True),
    text_column("unit"),
    int_column("since", key=True),
    int_column("until"),
    sa.Index("ix_tenures_unit", "unit", "since"),
)

service_editions = sa.Table(
    "service_editions",
    metadata,
    text_column("id", key=True),
    text_column("service"),
    int_column("number"),
    text_column("state"),
    text_column("content"),
    text_column("by", null=True),
    int_column("at"),
    text_column("note"),
    int_column("version"),
    sa.UniqueConstraint("service", "number"),
    partial_index("uq_service_editions_draft", "service", where="state = 'draft'", unique=True),
)

suggestions = sa.Table(
    "suggestions",
    metadata,
    text_column("id", key=True),
    text_column("service"),
    text_column("language"),
    text_column("phrase"),
    text_column("was"),
    text_column("tickets"),
    text_column("state"),
    int_column("created_at"),
    int_column("updated_at"),
    text_column("by", null=True),
    int_column("version"),
    sa.UniqueConstraint("service", "language", "phrase"),
    sa.Index("ix_suggestions_state", "state", "updated_at", "id"),
)

misdirects = sa.Table(
    "misdirects",
    metadata,
    text_column("id", key=True),
    text_column("ticket"),
    text_column("service"),
    text_column("queue"),
    text_column("to_service"),
    text_column("to_queue"),
    text_column("by", null=True),
    int_column("at"),
    sa.Index("ix_misdirects_ticket", "ticket"),
)

notices = sa.Table(
    "notices",
    metadata,
    text_column("id", key=True),
    text_column("service"),
    text_column("place", null=True),
    text_column("title"),
    text_column("text"),
    text_column("words"),
    text_column("acknowledgement"),
    text_column("answer"),
    text_column("state"),
    int_column("begins_at"),
    int_column("ends_at", null=True),
    int_column("expected_at", null=True),
    int_column("created_at"),
    text_column("by", null=True),
    int_column("version"),
    sa.Index("ix_notices_state", "state", "begins_at", "id"),
)

notice_links = sa.Table(
    "notice_links",
    metadata,
    text_column("id", key=True),
    text_column("notice"),
    text_column("ticket"),
    text_column("person"),
    int_column("at"),
    text_column("by", null=True),
    int_column("acknowledged_at", null=True),
    int_column("answer_wanted_at", null=True),
    int_column("answered_at", null=True),
    text_column("outcome", null=True),
    int_column("version"),
    sa.Index("ix_notice_links_notice", "notice", "id"),
    sa.Index("ix_notice_links_ticket", "ticket"),
    sa.Index("ix_notice_links_person", "notice", "person"),
    partial_index("ix_notice_links_waiting", "id", where="answer_wanted_at IS NOT NULL AND answered_at IS NULL"),
)
