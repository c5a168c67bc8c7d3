"""consents: who asked for no more messages, by which inbox, and how we know"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consents",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("id", "address", "inbox", "wish", "evidence")),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
        sa.UniqueConstraint("inbox", "evidence", name="uq_consents_inbox_evidence"),
    )
    op.create_index("ix_consents_address_at", "consents", ["address", "at"])


def downgrade() -> None:
    op.drop_table("consents")
