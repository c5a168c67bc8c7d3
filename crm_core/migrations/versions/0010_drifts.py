"""drifts: alerts where a channel does not keep its promise"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    columns: list[sa.Column[Any]] = [
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("id", "service", "channel", "state")),
        *(_int(name) for name in ("kept", "of", "found_at")),
        sa.Column("seen_by", sa.Text(), nullable=True),
        *(_int(name, null=True) for name in ("seen_at", "ended_at")),
        _int("version"),
    ]
    op.create_table("drifts", *columns, sa.PrimaryKeyConstraint("id", name="pk_drifts"))
    lasting = sa.text("state <> 'over'")
    op.create_index(
        "uq_drifts_lasting", "drifts", ["service", "channel"],
        unique=True, sqlite_where=lasting, postgresql_where=lasting,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("drifts")


def _int(name: str, *, null: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=null)
