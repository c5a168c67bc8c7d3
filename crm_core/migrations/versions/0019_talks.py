"""conversations: until when a talk goes on"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversations", sa.Column("live_until", sa.BigInteger(), autoincrement=False, nullable=True))


def downgrade() -> None:
    op.drop_column("conversations", "live_until")
