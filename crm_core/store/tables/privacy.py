"""What we owe the people we serve: holds, erasures, contents to be shredded, and which backups there are."""

import sqlalchemy as sa

from crm_core.store.tables.base import int_column, metadata, partial_index, text_column

holds = sa.Table(
    "holds",
    metadata,
    text_column("id", key=True),
    text_column("customer"),
    text_column("ticket", null=True),
    text_column("reason"),
    text_column("by"),
    int_column("at"),
    int_column("lifted_at", null=True),
    text_column("lifted_by", null=True),
    int_column("version"),
    sa.Index("ix_holds_customer", "customer", "id"),
    partial_index("ix_holds_standing", "id", where="lifted_at IS NULL"),
)

erasures = sa.Table(
    "erasures",
    metadata,
    text_column("id", key=True),
    text_column("customer"),
    text_column("records"),
    text_column("reason"),
    text_column("reference"),
    text_column("by"),
    int_column("at"),
    int_column("known_since"),
    text_column("stage"),
    text_column("cursor"),
    text_column("addresses"),
    int_column("tickets"),
    int_column("messages"),
    int_column("files"),
    int_column("ended_at", null=True),
    int_column("finished_at", null=True),
    int_column("version"),
    partial_index("ix_erasures_running", "id", where="ended_at IS NULL"),
    partial_index("ix_erasures_unfinished", "id", where="finished_at IS NULL"),
)

shreds = sa.Table("shreds", metadata, text_column("digest", key=True), int_column("at"))
"""Contents that nobody's message uses any more and that still lie as files."""

backups = sa.Table("backups", metadata, text_column("id", key=True), text_column("file"), int_column("made_at"))

periods = sa.Table(
    "periods",
    metadata,
    text_column("id", key=True),
    text_column("kind"),
    int_column("days", null=True),
    int_column("valid_from"),
    text_column("made_by"),
    int_column("made_at"),
)

sweeps = sa.Table(
    "sweeps",
    metadata,
    text_column("id", key=True),
    int_column("at"),
    text_column("by"),
    text_column("state"),
    text_column("cuts"),
    text_column("counted"),
    text_column("done"),
    text_column("kind", null=True),
    text_column("cursor"),
    text_column("why"),
    int_column("ended_at", null=True),
    int_column("version"),
    partial_index("ix_sweeps_open", "state", where="ended_at IS NULL"),
)

exports = sa.Table(
    "exports",
    metadata,
    text_column("id", key=True),
    text_column("customer"),
    text_column("by"),
    int_column("at"),
    text_column("state"),
    int_column("size"),
    int_column("expires_at", null=True),
    text_column("fetched_by", null=True),
    int_column("version"),
    sa.Index("ix_exports_customer", "customer", "id"),
    sa.Index("ix_exports_state", "state", "id"),
)

imports = sa.Table(
    "imports",
    metadata,
    text_column("id", key=True),
    text_column("kind"),
    text_column("name"),
    text_column("digest"),
    int_column("size"),
    text_column("encoding"),
    text_column("separator"),
    text_column("headings"),
    text_column("mapping"),
    text_column("state"),
    text_column("by"),
    int_column("at"),
    text_column("inbox", null=True),
    int_column("line"),
    int_column("taken"),
    int_column("joined"),
    int_column("skipped"),
    int_column("ended_at", null=True),
    int_column("version"),
    partial_index("ix_imports_open", "state", "id", where="ended_at IS NULL"),
)

import_rows = sa.Table(
    "import_rows",
    metadata,
    text_column("id", key=True),
    text_column("of"),
    int_column("line"),
    text_column("outcome"),
    text_column("why"),
    text_column("digest"),
    text_column("customer", null=True),
    text_column("ticket", null=True),
    sa.Index("ix_import_rows_of", "of", "line"),
    sa.Index("ix_import_rows_digest", "digest"),
)
