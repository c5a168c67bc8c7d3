"""broadcasts: what supervisors say to the floor, and who has read it"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_STANDING = sa.text("ended_at IS NULL")


def _text(name: str, *, null: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=null)


def _number(name: str, *, null: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), nullable=null)


def upgrade() -> None:
    op.create_table(
        "broadcasts",
        *map(_text, ("id", "author")),
        *(_text(name, null=True) for name in ("queue", "team")),
        _text("text"),
        *map(_number, ("said_at", "until")),
        _number("ended_at", null=True),
        _number("version"),
        sa.PrimaryKeyConstraint("id", name="pk_broadcasts"),
    )
    op.create_index("ix_broadcasts_standing", "broadcasts", ["until"], sqlite_where=_STANDING, postgresql_where=_STANDING)
    op.create_table(
        "hearings",
        *map(_text, ("id", "broadcast", "agent")),
        _number("at"),
        sa.PrimaryKeyConstraint("id", name="pk_hearings"),
    )
    op.create_index("ix_hearings_broadcast", "hearings", ["broadcast"])


def downgrade() -> None:
    op.drop_table("hearings")
    op.drop_table("broadcasts")
