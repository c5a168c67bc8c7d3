"""What was held as spam, and whom we block."""

import sqlalchemy as sa

from crm_core.store.tables.base import int_column, metadata, partial_index, text_column

suspicions = sa.Table(
    "suspicions",
    metadata,
    text_column("id", key=True),
    text_column("state"),
    int_column("score"),
    text_column("signs"),
    text_column("queue"),
    int_column("at"),
    text_column("by", null=True),
    text_column("why"),
    int_column("version"),
    sa.Index("ix_suspicions_state", "state", "at", "id"),
)

blocks = sa.Table(
    "blocks",
    metadata,
    text_column("id", key=True),
    text_column("kind"),
    text_column("value"),
    text_column("why"),
    text_column("by"),
    int_column("at"),
    int_column("until"),
    int_column("lifted_at", null=True),
    text_column("lifted_by", null=True),
    int_column("version"),
    partial_index("ix_blocks_standing", "until", "id", where="lifted_at IS NULL"),
)
