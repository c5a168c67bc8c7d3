"""promises: rules with editions, a clock for each ticket, its marks and timers, and jobs that reckon anew"""

import json
from typing import Any

from alembic import op
import sqlalchemy as sa

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ACTIVE = "status NOT IN ('solved', 'closed')"
NEW_COLUMNS: dict[str, dict[str, Any]] = {
    "calendars": {"names": "{}", "country": None, "subdivision": None, "version": 1},
    "policies": {
        "acceptance": None,
        "counting": "{}",
        "by_priority": "{}",
        "pauses": '{"citizen":2592000000000,"documents":2592000000000,"appointment":2592000000000}',
        "reopening": "continue",
        "ladder": '[{"percent":50,"tell":["owner"]},{"percent":80,"tell":["owner"]},'
        '{"percent":100,"tell":["owner","lead"]},{"percent":150,"tell":["supervisors"]}]',
    },
    "tickets": {"clock": "{}", "rank": 0},
}
NUMBERS = ("version", "acceptance", "rank")

CLOCK = """
UPDATE tickets SET clock = '{"opened_live":' || CASE live WHEN 1 THEN 'true' ELSE 'false' END
 || ',"handed_at":' || CAST(created_at AS TEXT)
 || ',"accepted_at":' || CASE WHEN assignee IS NULL THEN 'null' ELSE CAST(created_at AS TEXT) END
 || ',"pauses":' || CASE status WHEN 'waiting'
    THEN '[{"reason":"citizen","begins":' || CAST(updated_at AS TEXT) || ',"ends":null}]' ELSE '[]' END || '}',
 rank = CASE priority WHEN 5 THEN 1152921504606846976 ELSE priority * 86400000000 END
 - COALESCE(awaiting_since, created_at)
"""
MARK = (
    "INSERT INTO marks (id, ticket, at, at_version, cycle, kind, says, policy, policy_version, place)"
    " SELECT id || '.{place}', id, {at}, 0, 1, '{kind}', {says}, NULL, 0, {place} FROM tickets WHERE {where}"
)
MARKS = (
    ("created_at", "opened", "CASE live WHEN 1 THEN 'live' ELSE 'deferred' END || CASE priority WHEN 1 THEN ' low '"
     " WHEN 2 THEN ' normal ' WHEN 3 THEN ' high ' WHEN 4 THEN ' urgent ' ELSE ' emergency ' END || service", "1 = 1"),
    ("created_at", "accepted", "assignee", "assignee IS NOT NULL"),
    ("first_answered_at", "answered", "NULL", "first_answered_at IS NOT NULL"),
    ("awaiting_since", "asked", "NULL", "awaiting_since IS NOT NULL"),
    ("updated_at", "paused", "'citizen'", "status = 'waiting'"),
    ("solved_at", "solved", "NULL", "solved_at IS NOT NULL"),
)
TIMER = (
    "INSERT INTO timers (id, ticket, kind, fires_at, promise, percent, state, why)"
    " SELECT id || '.{kind}', id, '{kind}', {at}, NULL, 0, 'waiting', NULL FROM tickets WHERE {where}"
)


def upgrade() -> None:
    _tables()
    for table, columns in NEW_COLUMNS.items():
        for name, default in columns.items():
            op.add_column(table, _column(name, default))
    op.execute(sa.text(CLOCK.replace(":", "\\:")))
    for place, (at, kind, says, where) in enumerate(MARKS):
        op.execute(MARK.format(place=place, at=at, kind=kind, says=says, where=where))
    op.execute(TIMER.format(kind="snooze", at="snoozed_until", where=f"snoozed_until IS NOT NULL AND {ACTIVE}"))
    op.execute(TIMER.format(kind="close", at="solved_at", where="status = 'solved' AND solved_at IS NOT NULL"))
    _indexes()
    _reckon_what_is_open()


def _column(name: str, default: Any) -> "sa.Column[Any]":
    kind: Any = sa.BigInteger() if name in NUMBERS else sa.Text()
    if default is None:
        return sa.Column(name, kind, nullable=True)
    text = "'" + default.replace(":", "\\:") + "'" if isinstance(default, str) else str(default)
    return sa.Column(name, kind, nullable=False, server_default=sa.text(text))


def downgrade() -> None:
    op.drop_index("ix_tickets_active", "tickets")
    for column, where in (("queue", "confidential = 0"), ("assignee", "assignee IS NOT NULL")):
        op.drop_index(f"ix_tickets_{column}_rank", "tickets")
        _listed(column, "priority", where=where)
    for table, columns in reversed(NEW_COLUMNS.items()):
        for name in columns:
            op.drop_column(table, name)
    for table in ("jobs", "editions", "timers", "marks"):
        op.drop_table(table)


def _indexes() -> None:
    kept = sa.text(ACTIVE)
    op.create_index("ix_tickets_active", "tickets", ["id", "service"], sqlite_where=kept, postgresql_where=kept)
    for column, where in (("queue", "confidential = 0"), ("assignee", "assignee IS NOT NULL")):
        op.drop_index(f"ix_tickets_{column}_priority", "tickets")
        _listed(column, "rank", where=where)


def _listed(column: str, order: str, *, where: str) -> None:
    more = ["confidential"] if column == "queue" else []
    kept = sa.text(where)
    op.create_index(
        f"ix_tickets_{column}_{order}",
        "tickets",
        [column, "status", order, "id", *more],
        sqlite_where=kept,
        postgresql_where=kept,
    )


def _reckon_what_is_open() -> None:
    """Alarms want calendars, which SQL has not: the job that reckons anew sets them at the first start."""
    connection = op.get_bind()
    policies = [row[0] for row in connection.execute(sa.text("SELECT id FROM policies ORDER BY id"))]
    open_ones = connection.execute(sa.text(f"SELECT count(*), max(updated_at) FROM tickets WHERE {ACTIVE}")).one()
    if policies and open_ones[0]:
        connection.execute(
            sa.text(
                "INSERT INTO jobs (id, why, policies, state, made_by, made_at, total, done, changed, late, cursor,"
                " second, ended_at, version) VALUES ('upgrade', 'upgrade', :policies, 'running', NULL, :at, :total,"
                " 0, 0, 0, '', 0, NULL, 1)"
            ),
            {"policies": json.dumps(policies), "at": open_ones[1], "total": open_ones[0]},
        )


def _tables() -> None:
    op.create_table(
        "marks",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("at_version", sa.BigInteger(), nullable=False),
        sa.Column("cycle", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("says", sa.Text(), nullable=True),
        sa.Column("policy", sa.Text(), nullable=True),
        sa.Column("policy_version", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_marks"),
    )
    op.create_index("ix_marks_ticket", "marks", ["ticket", "at_version", "place"])
    op.create_table(
        "timers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("fires_at", sa.BigInteger(), nullable=False),
        sa.Column("promise", sa.Text(), nullable=True),
        sa.Column("percent", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_timers"),
    )
    waiting, held = sa.text("state IN ('waiting', 'sure', 'quiet')"), sa.text("state = 'held'")
    op.create_index(
        "ix_timers_waiting", "timers", ["kind", "fires_at", "id"], sqlite_where=waiting, postgresql_where=waiting
    )
    op.create_index("ix_timers_held", "timers", ["id"], sqlite_where=held, postgresql_where=held)
    op.create_table(
        "editions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("of", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=True),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=True),
        sa.Column("published_at", sa.BigInteger(), nullable=True),
        sa.Column("back_to", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_editions"),
    )
    op.create_index("ix_editions_of", "editions", ["of", "number", "id"])
    draft = sa.text("state = 'draft'")
    op.create_index(
        "uq_editions_draft", "editions", ["of"], unique=True, sqlite_where=draft, postgresql_where=draft
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("policies", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=True),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("late", sa.BigInteger(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("second", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    running = sa.text("state = 'running'")
    op.create_index("ix_jobs_running", "jobs", ["id"], sqlite_where=running, postgresql_where=running)
