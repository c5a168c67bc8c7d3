"""queues: how each looks for an agent"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("queues", sa.Column("profile", sa.Text(), nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("queues", "profile")
