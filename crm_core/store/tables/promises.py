"""What promises are reckoned from, what rings when, and the editions of their rules."""

import sqlalchemy as sa

from crm_core.store.tables.base import int_column, metadata, partial_index, text_column

marks = sa.Table(
    "marks",
    metadata,
    text_column("id", key=True),
    text_column("ticket"),
    int_column("at"),
    int_column("at_version"),
    int_column("cycle"),
    text_column("kind"),
    text_column("says", null=True),
    text_column("policy", null=True),
    int_column("policy_version"),
    int_column("place"),
    sa.Index("ix_marks_ticket", "ticket", "at_version", "place"),
)

timers = sa.Table(
    "timers",
    metadata,
    text_column("id", key=True),
    text_column("ticket"),
    text_column("kind"),
    int_column("fires_at"),
    text_column("promise", null=True),
    int_column("percent"),
    text_column("state"),
    text_column("why", null=True),
    partial_index("ix_timers_waiting", "kind", "fires_at", "id", where="state IN ('waiting', 'sure', 'quiet')"),
    partial_index("ix_timers_held", "id", where="state = 'held'"),
)

editions = sa.Table(
    "editions",
    metadata,
    text_column("id", key=True),
    text_column("kind"),
    text_column("of"),
    int_column("number"),
    text_column("state"),
    text_column("body"),
    text_column("made_by", null=True),
    int_column("made_at"),
    text_column("published_by", null=True),
    int_column("published_at", null=True),
    int_column("back_to", null=True),
    int_column("version"),
    sa.Index("ix_editions_of", "of", "number", "id"),
    partial_index("uq_editions_draft", "of", where="state = 'draft'", unique=True),
)

jobs = sa.Table(
    "jobs",
    metadata,
    text_column("id", key=True),
    text_column("why"),
    text_column("policies"),
    text_column("state"),
    text_column("made_by", null=True),
    int_column("made_at"),
    int_column("total"),
    int_column("done"),
    int_column("changed"),
    int_column("late"),
    text_column("cursor"),
    int_column("second"),
    int_column("ended_at", null=True),
    int_column("version"),
    partial_index("ix_jobs_running", "id", where="state = 'running'"),
)
