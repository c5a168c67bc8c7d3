"""What wants an agent now, and to whom it is held out."""

import sqlalchemy as sa

from crm_core.model.work import WorkState
from crm_core.store.tables.base import int_column, metadata, not_over, partial_index, text_column

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
    text_column("first", null=True),
    int_column("wraps_until", null=True),
    int_column("cut_off"),
    sa.Index("ix_work_came", "virtual_start"),
    partial_index("ix_work_ended", "ended_at", where="ended_at IS NOT NULL"),
    partial_index("ix_work_waiting", "state", "id", where="state <> 'done'"),
    partial_index("ix_work_line", "queue", "virtual_start", where="state = 'queued' AND live = 1"),
    partial_index("uq_work_open", "ticket", where="state <> 'done'", unique=True),
    partial_index("ix_work_agent", "agent", where="state <> 'done'"),
)

NOT_DONE = not_over(work.c.state, WorkState, end=WorkState.DONE)
"""Work that still wants something."""

IN_REACH = ~sa.and_(
    work.c.cut_off == sa.literal_column("1"),
    work.c.live == sa.literal_column("1"),
    work.c.state == sa.literal_column("'queued'"),
)
"""Not `Work.out_of_reach`."""

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
    text_column("refusal", null=True),
    text_column("said", null=True),
    sa.Index(None, "ticket"),
    partial_index("uq_offers_live", "work", where="state = 'held_out'", unique=True),
    partial_index("ix_offers_agent", "agent", where="state = 'held_out'"),
)

consults = sa.Table(
    "consults",
    metadata,
    text_column("id", key=True),
    text_column("ticket"),
    text_column("asker"),
    text_column("asked"),
    int_column("made_at"),
    text_column("state"),
    text_column("refusal", null=True),
    int_column("version"),
    partial_index("uq_consults_open", "ticket", where="state IN ('asked', 'joined')", unique=True),
    partial_index("ix_consults_asker", "asker", where="state IN ('asked', 'joined')"),
    partial_index("ix_consults_asked", "asked", where="state IN ('asked', 'joined')"),
)

broadcasts = sa.Table(
    "broadcasts",
    metadata,
    text_column("id", key=True),
    text_column("author"),
    text_column("queue", null=True),
    text_column("team", null=True),
    text_column("text"),
    int_column("said_at"),
    int_column("until"),
    int_column("ended_at", null=True),
    int_column("version"),
    partial_index("ix_broadcasts_standing", "until", where="ended_at IS NULL"),
)

hearings = sa.Table(
    "hearings",
    metadata,
    text_column("id", key=True),
    text_column("broadcast"),
    text_column("agent"),
    int_column("at"),
    sa.Index("ix_hearings_broadcast", "broadcast"),
)
