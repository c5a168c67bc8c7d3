"""wishes: what somebody is told of while away, and what waits to be told by mail"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_MOMENTS = ("code_at", "due_at", "claimed_at", "sent_at")


def upgrade() -> None:
    op.create_table(
        "wishes",
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("mail", sa.Text(), nullable=False),
        sa.Column("words", sa.BigInteger(), nullable=False),
        sa.Column("every", sa.BigInteger(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("proven", sa.Text(), nullable=True),
        sa.Column("proof", sa.Text(), nullable=True),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in _MOMENTS),
        sa.PrimaryKeyConstraint("agent", name="pk_wishes"),
    )
    for name in ("due_at", "code_at"):
        waits = sa.text(f"{name} IS NOT NULL")
        op.create_index(f"ix_wishes_{name}", "wishes", [name], sqlite_where=waits, postgresql_where=waits)
    op.create_table(
        "tidings",
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("news", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agent", "event", "news", name="pk_tidings"),
    )


def downgrade() -> None:
    op.drop_table("tidings")
    op.drop_table("wishes")
