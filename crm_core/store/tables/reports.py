"""What reports keep: alerts that stand until they are over."""

import sqlalchemy as sa

from crm_core.store.tables.base import int_column, metadata, partial_index, text_column

drifts = sa.Table(
    "drifts",
    metadata,
    text_column("id", key=True),
    text_column("service"),
    text_column("channel"),
    text_column("state"),
    int_column("kept"),
    int_column("of"),
    int_column("found_at"),
    text_column("seen_by", null=True),
    int_column("seen_at", null=True),
    int_column("ended_at", null=True),
    int_column("version"),
    partial_index("uq_drifts_lasting", "service", "channel", where="state <> 'over'", unique=True),
)
