"""The library: answers in the words approved last, and macros. Their editions stand beside those of promises."""

import sqlalchemy as sa

from crm_core.store.tables.base import int_column, metadata, partial_index, text_column

answers = sa.Table(
    "answers",
    metadata,
    text_column("id", key=True),
    text_column("slug"),
    text_column("service"),
    text_column("wording"),
    text_column("state"),
    int_column("public"),
    text_column("owner", null=True),
    int_column("created_at"),
    int_column("updated_at"),
    int_column("review_at", null=True),
    int_column("expires_at", null=True),
    text_column("approved_by", null=True),
    int_column("approved_at", null=True),
    int_column("edition"),
    int_column("used"),
    int_column("helpful"),
    int_column("unhelpful"),
    int_column("version"),
    sa.UniqueConstraint("slug"),
    sa.Index("ix_answers_updated_at", "updated_at", "id"),
    sa.Index("ix_answers_state", "state", "updated_at", "id"),
    sa.Index("ix_answers_service", "service", "updated_at", "id"),
    partial_index("ix_answers_review_at", "review_at", "id", where="state = 'approved' AND review_at IS NOT NULL"),
)

macros = sa.Table(
    "macros",
    metadata,
    text_column("id", key=True),
    text_column("name"),
    text_column("answer", null=True),
    text_column("status", null=True),
    int_column("priority", null=True),
    text_column("queue", null=True),
    int_column("snooze", null=True),
    int_column("active"),
    int_column("created_at"),
    text_column("by", null=True),
    text_column("reason", null=True),
    int_column("version"),
    sa.Index("ix_macros_active", "active", "created_at", "id"),
)
