"""agents: which of their teams they serve for now"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agents", sa.Column("lent", sa.Text(), nullable=False, server_default="[]"))
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("agents", "lent", server_default=None)


def downgrade() -> None:
    op.drop_column("agents", "lent")
