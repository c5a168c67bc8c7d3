"""What the virus scanner said of contents, and the files that wait for its answer."""

import sqlalchemy as sa

from crm_core.store.tables.base import int_column, metadata, text_column

verdicts = sa.Table(
    "verdicts",
    metadata,
    text_column("digest", key=True),
    text_column("judged"),
    text_column("found", null=True),
    text_column("version"),
    int_column("at"),
)

unchecked = sa.Table(
    "unchecked",
    metadata,
    text_column("file", key=True),
    text_column("digest"),
    int_column("due_at"),
    int_column("tries"),
    sa.Index("ix_unchecked_due", "due_at", "file"),
    sa.Index(None, "digest"),
)
"""Files whose messages say that they are being checked: a row goes in the commit that says otherwise, and only then."""
