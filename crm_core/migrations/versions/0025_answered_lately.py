"""a window to answer is of an address and an inbox: when an address last wrote to one stands in the index"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_conversations_address_inbox_last_inbound_at", "conversations", ["address", "inbox", "last_inbound_at"]
    )
    op.drop_index("ix_conversations_address_inbox", table_name="conversations")


def downgrade() -> None:
    op.create_index("ix_conversations_address_inbox", "conversations", ["address", "inbox"])
    op.drop_index("ix_conversations_address_inbox_last_inbound_at", table_name="conversations")
