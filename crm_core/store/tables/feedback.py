"""What people say of how they were served: one row for each asking."""

import sqlalchemy as sa

from crm_core.store.tables.base import int_column, metadata, partial_index, text_column

feedback = sa.Table(
    "feedback",
    metadata,
    text_column("id", key=True),
    text_column("ticket"),
    text_column("customer"),
    text_column("service"),
    text_column("channel"),
    text_column("inbox"),
    text_column("address"),
    int_column("cycle"),
    int_column("asked_at"),
    text_column("message", null=True),
    text_column("agent", null=True),
    int_column("score", null=True),
    text_column("comment"),
    int_column("first_at", null=True),
    int_column("given_at", null=True),
    int_column("version"),
    sa.UniqueConstraint("ticket", "cycle"),
    sa.Index("ix_feedback_customer", "customer", "asked_at"),
    partial_index("ix_feedback_message", "message", where="message IS NOT NULL"),
    partial_index("ix_feedback_given", "given_at", "id", where="score IS NOT NULL"),
    partial_index("ix_feedback_unhappy", "given_at", "id", where="score <= 2"),
)
