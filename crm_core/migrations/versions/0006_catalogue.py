"""catalogue: places and owners, editions, synonyms by language, suggestions, wrong desks, known problems"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_SERVICE = {"life_events": "[]", "hours": None, "steps": "[]", "pages": "[]"}
_TICKET_TEXTS = ("unit", "place", "parent", "received_in")
_OPEN = "status NOT IN ('solved', 'closed')"


def upgrade() -> None:
    _tables()
    _columns()
    _synonyms(lambda words: {"en": [w for w in words if w.isascii()], "zh": [w for w in words if not w.isascii()]})


def downgrade() -> None:
    _synonyms(lambda words: [word for listed in words.values() for word in listed])
    op.drop_index("ix_tickets_unit", table_name="tickets")
    op.drop_index("ix_tickets_parent", table_name="tickets")
    for name in ("matched", "confidence", *reversed(_TICKET_TEXTS)):
        op.drop_column("tickets", name)
    op.drop_column("inboxes", "bound")
    for name in reversed(_SERVICE):
        op.drop_column("services", name)
    for name in ("notice_links", "notices", "misdirects", "suggestions", "service_editions", "tenures", "ownerships"):
        op.drop_table(name)
    op.drop_table("places")
    op.drop_table("life_events")


def _columns() -> None:
    """A column that must hold something gets it for the rows that stand there, and no default for those to come."""
    for name, value in _SERVICE.items():
        _add("services", sa.Column(name, sa.Text(), nullable=value is None), value=value)
    _add("inboxes", sa.Column("bound", sa.BigInteger(), nullable=False), value=0)
    # An inbox that had a queue of its own keeps it; one of the general queue follows the service, as at every door.
    general = "(SELECT queue FROM services WHERE slug = 'general')"
    op.execute(f"UPDATE inboxes SET bound = 1 WHERE queue <> coalesce({general}, queue)")  # noqa: S608 - our own words
    for name in _TICKET_TEXTS:
        op.add_column("tickets", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("tickets", sa.Column("confidence", sa.BigInteger(), nullable=True))
    _add("tickets", sa.Column("matched", sa.Text(), nullable=False), value="[]")
    _index("ix_tickets_parent", "tickets", ["parent", "id"], where="parent IS NOT NULL")
    _index("ix_tickets_unit", "tickets", ["unit", "id"], where=_OPEN)


def _add(table: str, column: "sa.Column[object]", *, value: object) -> None:
    if value is None:
        op.add_column(table, column)
        return
    column.server_default = sa.DefaultClause(sa.text(f"'{value}'" if isinstance(value, str) else str(value)))
    op.add_column(table, column)
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column(table, column.name, server_default=None)


def _index(name: str, table: str, columns: list[str], *, where: str, unique: bool = False) -> None:
    kept = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=kept, postgresql_where=kept)


def _synonyms(change: object) -> None:
    bind = op.get_bind()
    for id, stored in bind.execute(sa.text("SELECT id, synonyms FROM services")).fetchall():
        changed = json.dumps(change(json.loads(stored)), ensure_ascii=False)  # type: ignore[operator]
        bind.execute(sa.text("UPDATE services SET synonyms = :words WHERE id = :id"), {"words": changed, "id": id})


def _text(name: str, *, null: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=null)


def _int(name: str, *, null: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=null)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _tables() -> None:
    op.create_table("life_events", _text("id"), _text("name"), _int("order"), _key("life_events", "id"))
    op.create_table("places", _text("id"), _text("name"), _text("words"), _int("order"), _key("places", "id"))
    op.create_table(
        "ownerships", _text("id"), _text("service"), _text("place", null=True), _text("unit"),
        _text("queue", null=True), _int("valid_from"), _int("valid_until", null=True), _key("ownerships", "id"),
    )  # fmt: skip
    op.create_index("ix_ownerships_service", "ownerships", ["service", "valid_from"])
    op.create_table(
        "tenures", _text("ticket"), _text("unit"), _int("since"), _int("until"), _key("tenures", "ticket", "since")
    )
    op.create_index("ix_tenures_unit", "tenures", ["unit", "since"])
    op.create_table(
        "service_editions", _text("id"), _text("service"), _int("number"), _text("state"), _text("content"),
        _text("by", null=True), _int("at"), _text("note"), _int("version"), _key("service_editions", "id"),
        sa.UniqueConstraint("service", "number", name="uq_service_editions_service_number"),
    )  # fmt: skip
    _index("uq_service_editions_draft", "service_editions", ["service"], where="state = 'draft'", unique=True)
    op.create_table(
        "suggestions", _text("id"), _text("service"), _text("language"), _text("phrase"), _text("was"),
        _text("tickets"), _text("state"), _int("created_at"), _int("updated_at"), _text("by", null=True),
        _int("version"), _key("suggestions", "id"),
        sa.UniqueConstraint("service", "language", "phrase", name="uq_suggestions_service_language_phrase"),
    )  # fmt: skip
    op.create_index("ix_suggestions_state", "suggestions", ["state", "updated_at", "id"])
    op.create_table(
        "misdirects", _text("id"), _text("ticket"), _text("service"), _text("queue"), _text("to_service"),
        _text("to_queue"), _text("by", null=True), _int("at"), _key("misdirects", "id"),
    )  # fmt: skip
    op.create_index("ix_misdirects_ticket", "misdirects", ["ticket"])
    _notices()


def _notices() -> None:
    op.create_table(
        "notices", _text("id"), _text("service"), _text("place", null=True), _text("title"), _text("text"),
        _text("words"), _text("acknowledgement"), _text("answer"), _text("state"), _int("begins_at"),
        _int("ends_at", null=True), _int("expected_at", null=True), _int("created_at"), _text("by", null=True),
        _int("version"), _key("notices", "id"),
    )  # fmt: skip
    op.create_index("ix_notices_state", "notices", ["state", "begins_at", "id"])
    op.create_table(
        "notice_links", _text("id"), _text("notice"), _text("ticket"), _text("person"), _int("at"),
        _text("by", null=True), _int("acknowledged_at", null=True), _int("answer_wanted_at", null=True),
        _int("answered_at", null=True), _text("outcome", null=True), _int("version"), _key("notice_links", "id"),
    )  # fmt: skip
    op.create_index("ix_notice_links_notice", "notice_links", ["notice", "id"])
    op.create_index("ix_notice_links_ticket", "notice_links", ["ticket"])
    op.create_index("ix_notice_links_person", "notice_links", ["notice", "person"])
    waiting = "answer_wanted_at IS NOT NULL AND answered_at IS NULL"
    _index("ix_notice_links_waiting", "notice_links", ["id"], where=waiting)
