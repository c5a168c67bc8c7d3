"""handouts: what became of links to files, where a way carries none"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "handouts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        _int("fetched"),
        _int("fetched_at", null=True),
        _int("shut_at", null=True),
        sa.Column("shut_by", sa.Text(), nullable=True),
        _int("version"),
        sa.PrimaryKeyConstraint("id", name="pk_handouts"),
    )


def downgrade() -> None:
    op.drop_table("handouts")


def _int(name: str, *, null: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=null)
