"""sources: how it stands with where contacts are fetched from"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sources",
        sa.Column("inbox", sa.Text(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("since", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("inbox", name="pk_sources"),
    )


def downgrade() -> None:
    op.drop_table("sources")
