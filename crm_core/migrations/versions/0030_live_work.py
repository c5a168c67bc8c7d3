"""live work: why it was refused, who took it first, until when it is wrapped up, who is asked to join, and what an agent does next"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_OPEN = sa.text("state IN ('asked', 'joined')")
_NEW = (
    ("work", "first", sa.Text()),
    ("work", "wraps_until", sa.BigInteger()),
    ("offers", "refusal", sa.Text()),
    ("offers", "said", sa.Text()),
    ("agents", "next_duty", sa.Text()),
)


def upgrade() -> None:
    for table, name, kind in _NEW:
        op.add_column(table, sa.Column(name, kind, nullable=True))
    op.create_table(
        "consults",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("asker", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_consults"),
    )
    op.create_table(
        "screens",
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agent", name="pk_screens"),
    )
    op.create_index(
        "uq_consults_open", "consults", ["ticket"], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    for name in ("asker", "asked"):
        op.create_index(f"ix_consults_{name}", "consults", [name], sqlite_where=_OPEN, postgresql_where=_OPEN)


def downgrade() -> None:
    op.drop_table("screens")
    op.drop_table("consults")
    for table, name, _ in reversed(_NEW):
        op.drop_column(table, name)
