"""answers on any channel: what becomes of each, when we last wrote in a strand, and what still waits"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_NOT_GONE = sa.text("plan IS NOT NULL AND delivery IN ('scheduled', 'queued', 'no_relay')")
_FAILED = sa.text("delivery = 'failed'")


def upgrade() -> None:
    op.add_column("messages", sa.Column("plan", sa.Text(), nullable=True))
    op.add_column("conversations", sa.Column("last_outbound_at", sa.BigInteger(), nullable=True))
    # A strand without a word of theirs was begun by an answer of ours.
    op.execute("UPDATE conversations SET last_outbound_at = created_at WHERE last_inbound_at IS NULL")
    _index("ix_messages_waiting", ["ticket", "send_at"], where=_NOT_GONE)
    _index("ix_messages_failed", ["address", "created_at"], where=_FAILED)


def downgrade() -> None:
    """What still waits is not sent by a version that does not know of it; a person sees it and chooses."""
    op.execute("UPDATE messages SET delivery = 'failed' WHERE delivery IN ('scheduled', 'withdrawn')")
    op.execute("DELETE FROM timers WHERE kind = 'send'")
    op.drop_index("ix_messages_failed", table_name="messages")
    op.drop_index("ix_messages_waiting", table_name="messages")
    op.drop_column("conversations", "last_outbound_at")
    op.drop_column("messages", "plan")


def _index(name: str, columns: list[str], *, where: "sa.TextClause") -> None:
    op.create_index(name, "messages", columns, sqlite_where=where, postgresql_where=where)
