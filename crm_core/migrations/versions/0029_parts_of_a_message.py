"""wires: several may be one message; each names the first"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_PART = sa.text("part_of IS NOT NULL")


def upgrade() -> None:
    op.add_column("wires", sa.Column("part_of", sa.Text(), nullable=True))
    op.create_index("ix_wires_part_of", "wires", ["part_of"], sqlite_where=_PART, postgresql_where=_PART)


def downgrade() -> None:
    op.drop_index("ix_wires_part_of", table_name="wires")
    op.drop_column("wires", "part_of")
