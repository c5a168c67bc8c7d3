"""work knows when its promise runs out, and the head start it has where its channel drifts"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("work", sa.Column("due_at", sa.BigInteger(), nullable=True))
    op.add_column("work", sa.Column("head_start", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("offers", sa.Column("head_start", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute("UPDATE work SET due_at = (SELECT due_at FROM tickets WHERE tickets.id = work.ticket) WHERE state <> 'done'")


def downgrade() -> None:
    op.drop_column("offers", "head_start")
    op.drop_column("work", "head_start")
    op.drop_column("work", "due_at")
