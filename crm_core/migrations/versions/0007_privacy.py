"""privacy: legal holds, erasures, contents to be shredded, backups that were made; whose the words of events are"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_NEW = ("holds", "erasures", "shreds", "backups", "periods", "sweeps", "exports", "imports", "import_rows")
_TOLD = {
    "sqlite": "SELECT coalesce(json_extract(e.facts, '$.customer'), json_extract(e.facts, '$.suggestion'))",
    "postgresql": "SELECT coalesce(CAST(e.facts AS json) ->> 'customer', CAST(e.facts AS json) ->> 'suggestion')",
}


def upgrade() -> None:
    _tables()
    op.add_column("customers", sa.Column("erased_at", sa.BigInteger(), nullable=True))
    op.add_column("tickets", sa.Column("erased_at", sa.BigInteger(), nullable=True))
    op.add_column("event_words", sa.Column("about", sa.Text(), nullable=True))
    whose = _TOLD[op.get_bind().dialect.name]
    op.execute(
        f"UPDATE event_words SET about = ({whose} FROM events e WHERE e.id = event_words.event)"  # noqa: S608 - ours
        " WHERE event IN (SELECT id FROM events WHERE ticket IS NULL)"
    )
    _index("ix_event_words_about", "event_words", ["about"], where="about IS NOT NULL")
    _index("ix_wires_large", "wires", ["digest"], where="body IS NULL")
    _index("ix_tickets_kept", "tickets", ["id"], where="status = 'closed' AND erased_at IS NULL")


def downgrade() -> None:
    op.drop_index("ix_tickets_kept", table_name="tickets")
    op.drop_index("ix_wires_large", table_name="wires")
    op.drop_index("ix_event_words_about", table_name="event_words")
    op.drop_column("event_words", "about")
    op.drop_column("tickets", "erased_at")
    op.drop_column("customers", "erased_at")
    for name in reversed(_NEW):
        op.drop_table(name)


def _tables() -> None:
    op.create_table(
        "holds", _text("id"), _text("customer"), _text("ticket", null=True), _text("reason"), _text("by"), _int("at"),
        _int("lifted_at", null=True), _text("lifted_by", null=True), _int("version"), _key("holds", "id"),
    )  # fmt: skip
    op.create_index("ix_holds_customer", "holds", ["customer", "id"])
    _index("ix_holds_standing", "holds", ["id"], where="lifted_at IS NULL")
    op.create_table(
        "erasures", _text("id"), _text("customer"), _text("records"), _text("reason"), _text("reference"), _text("by"),
        _int("at"), _int("known_since"), _text("stage"), _text("cursor"), _text("addresses"), _int("tickets"),
        _int("messages"), _int("files"), _int("ended_at", null=True), _int("finished_at", null=True), _int("version"),
        _key("erasures", "id"),
    )  # fmt: skip
    _index("ix_erasures_running", "erasures", ["id"], where="ended_at IS NULL")
    _index("ix_erasures_unfinished", "erasures", ["id"], where="finished_at IS NULL")
    op.create_table("shreds", _text("digest"), _int("at"), _key("shreds", "digest"))
    op.create_table(
        "periods", _text("id"), _text("kind"), _int("days", null=True), _int("valid_from"), _text("made_by"),
        _int("made_at"), _key("periods", "id"),
    )  # fmt: skip
    op.create_table(
        "sweeps", _text("id"), _int("at"), _text("by"), _text("state"), _text("cuts"), _text("counted"),
        _text("done"), _text("kind", null=True), _text("cursor"), _text("why"), _int("ended_at", null=True),
        _int("version"), _key("sweeps", "id"),
    )  # fmt: skip
    op.create_table(
        "exports", _text("id"), _text("customer"), _text("by"), _int("at"), _text("state"), _int("size"),
        _int("expires_at", null=True), _text("fetched_by", null=True), _int("version"), _key("exports", "id"),
    )  # fmt: skip
    op.create_index("ix_exports_customer", "exports", ["customer", "id"])
    op.create_index("ix_exports_state", "exports", ["state", "id"])
    op.create_table(
        "imports", _text("id"), _text("kind"), _text("name"), _text("digest"), _int("size"), _text("encoding"),
        _text("separator"), _text("headings"), _text("mapping"), _text("state"), _text("by"), _int("at"),
        _text("inbox", null=True), _int("line"), _int("taken"), _int("joined"), _int("skipped"),
        _int("ended_at", null=True), _int("version"), _key("imports", "id"),
    )  # fmt: skip
    _index("ix_imports_open", "imports", ["state", "id"], where="ended_at IS NULL")
    op.create_table(
        "import_rows", _text("id"), _text("of"), _int("line"), _text("outcome"), _text("why"), _text("digest"),
        _text("customer", null=True), _text("ticket", null=True), _key("import_rows", "id"),
    )  # fmt: skip
    op.create_index("ix_import_rows_of", "import_rows", ["of", "line"])
    op.create_index("ix_import_rows_digest", "import_rows", ["digest"])
    _index("ix_sweeps_open", "sweeps", ["state"], where="ended_at IS NULL")
    op.create_table("backups", _text("id"), _text("file"), _int("made_at"), _key("backups", "id"))


def _index(name: str, table: str, columns: list[str], *, where: str) -> None:
    kept = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=kept, postgresql_where=kept)


def _text(name: str, *, null: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=null)


def _int(name: str, *, null: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=null)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")
