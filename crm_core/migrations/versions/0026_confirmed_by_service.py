"""services: whether an address typed into their forms is confirmed before we write there again"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("confirm", sa.BigInteger(), autoincrement=False, nullable=False, server_default="0")
    op.add_column("services", column)


def downgrade() -> None:
    op.drop_column("services", "confirm")
