"""work.cut_off: the exchange that they wait at cannot be reached"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("work", sa.Column("cut_off", sa.BigInteger(), nullable=False, server_default="0"))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("work", "cut_off", server_default=None)


def downgrade() -> None:
    op.drop_column("work", "cut_off")
