"""What wants an agent now, and to whom it is held out."""

import sqlalchemy as sa

from crm_core.store.tables.base import int_column, metadata, partial_index, text_column

work = sa.Table(
    "work",
    metadata,
    text_column("id", key=True),
    text_column("ticket"),
    text_column("queue"),
    text_column("channel"),
    int_column("live"),
    int_column("units"),
    text_column("skills"),
    text_column("language", null=True),
    int_column("priority"),
    int_column("virtual_start"),
    int_column("entered_at"),
    text_column("state"),
    text_column("agent", null=True),
    text_column("preferred", null=True),
    text_column("excluded"),
    int_column("version"),
    int_column("due_at", null=True),
    int_column("head_start"),
    int_column("came_live"),
    int_column("answered_at", null=True),
    int_column("left_at", null=True),
    int_column("held_at", null=True),
    int_column("ended_at", null=True),
    sa.Index("ix_work_came", "virtual_start"),
    partial_index("ix_work_ended", "ended_at", where="ended_at IS NOT NULL"),
    partial_index("ix_work_waiting", "state", "id", where="state <> 'done'"),
    partial_index("uq_work_open", "ticket", where="state <> 'done'", unique=True),
    partial_index("ix_work_agent", "agent", where="state <> 'done'"),
)

offers = sa.Table(
    "offers",
    metadata,
    text_column("id", key=True),
    text_column("work"),
    text_column("ticket"),
    text_column("agent"),
    int_column("made_at"),
    int_column("expires_at"),
    text_column("why"),
    text_column("state"),
    int_column("head_start"),
    text_column("because", null=True),
    partial_index("uq_offers_live", "work", where="state = 'held_out'", unique=True),
    partial_index("ix_offers_agent", "agent", where="state = 'held_out'"),
)
