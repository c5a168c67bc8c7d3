"""consents: those that came by another way, with who wrote them down and why; when keys and tokens were last used"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("consents", sa.Column("by", sa.Text(), nullable=True))
    op.add_column("consents", sa.Column("reason", sa.Text(), nullable=False, server_default=""))
    for table in ("tokens", "app_keys"):
        op.add_column(table, sa.Column("used_at", sa.BigInteger(), autoincrement=False, nullable=True))


def downgrade() -> None:
    for table in ("app_keys", "tokens"):
        op.drop_column(table, "used_at")
    op.drop_column("consents", "reason")
    op.drop_column("consents", "by")
