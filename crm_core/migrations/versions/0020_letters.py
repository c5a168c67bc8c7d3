"""letters: those that people still have to print or to post are found without looking at all the others"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_ON_PAPER = sa.text("delivery IN ('to_print', 'printed')")


def upgrade() -> None:
    op.create_index(
        "ix_messages_on_paper",
        "messages",
        ["created_at", "id"],
        unique=False,
        sqlite_where=_ON_PAPER,
        postgresql_where=_ON_PAPER,
    )


def downgrade() -> None:
    op.drop_index("ix_messages_on_paper", "messages")
