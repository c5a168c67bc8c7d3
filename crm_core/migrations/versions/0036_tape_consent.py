"""calls.consent: how a caller stands to being recorded"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("calls") as calls:
        calls.add_column(sa.Column("consent", sa.Text()))
        calls.add_column(sa.Column("consent_at", sa.BigInteger()))


def downgrade() -> None:
    with op.batch_alter_table("calls") as calls:
        calls.drop_column("consent_at")
        calls.drop_column("consent")
