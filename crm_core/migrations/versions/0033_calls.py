"""calls: live conversations by voice, what the phone is to do for them, agents' own telephones"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_NAMED = sa.text("sid IS NOT NULL")
_LIVE = sa.text("state <> 'ended'")
_OPEN = sa.text("state IN ('queued', 'sending')")


def _text(name: str, *, null: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=null)


def _number(name: str, *, null: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), nullable=null)


def upgrade() -> None:
    op.create_table(
        "calls",
        *map(_text, ("id", "inbox", "direction", "state")),
        _number("arrived_at"),
        *(_text(name, null=True) for name in ("ticket", "sid", "number", "language", "agent")),
        *map(_text, ("legs", "recording")),
        *(_text(name, null=True) for name in ("tape", "ending")),
        _number("short"),
        *(_number(name, null=True) for name in ("waiting_since", "bridged_at", "ended_at", "lost_at")),
        _number("attempts"),
        _number("next_at", null=True),
        *(_text(name, null=True) for name in ("trouble", "message")),
        _number("version"),
        sa.PrimaryKeyConstraint("id", name="pk_calls"),
    )
    op.create_index("ix_calls_ticket", "calls", ["ticket"])
    op.create_index("ix_calls_arrived", "calls", ["arrived_at", "id"])
    op.create_index(
        "uq_calls_sid", "calls", ["inbox", "sid"], unique=True, sqlite_where=_NAMED, postgresql_where=_NAMED
    )
    op.create_index("ix_calls_live", "calls", ["state", "id"], sqlite_where=_LIVE, postgresql_where=_LIVE)
    op.create_table(
        "call_commands",
        *map(_text, ("id", "call", "inbox", "kind")),
        _text("leg", null=True),
        _text("state"),
        *map(_number, ("made_at", "due_at", "attempts")),
        _text("reason", null=True),
        _number("version"),
        sa.PrimaryKeyConstraint("id", name="pk_call_commands"),
    )
    op.create_index("ix_call_commands_call", "call_commands", ["call"])
    op.create_index(
        "ix_call_commands_open", "call_commands", ["state", "id"], sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    op.create_table(
        "phones",
        *map(_text, ("id", "number")),
        _number("version"),
        sa.PrimaryKeyConstraint("id", name="pk_phones"),
    )


def downgrade() -> None:
    op.drop_table("phones")
    op.drop_table("call_commands")
    op.drop_table("calls")
