"""queues: what they are called in other languages"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("queues", sa.Column("titles", sa.Text(), nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("queues", "titles")
