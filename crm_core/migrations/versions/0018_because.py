"""offers: why they were made, in values that screens put into words"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("offers", sa.Column("because", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("offers", "because")
