"""work: whether somebody was there when it came, when they were answered or gave up, since when somebody has it"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("work", sa.Column("came_live", sa.BigInteger(), nullable=False, server_default="0"))
    for name in ("answered_at", "left_at", "held_at", "ended_at"):
        op.add_column("work", sa.Column(name, sa.BigInteger(), nullable=True))
    op.execute("UPDATE work SET came_live = live")
    op.create_index("ix_work_came", "work", ["virtual_start"])
    over = sa.text("ended_at IS NOT NULL")
    op.create_index("ix_work_ended", "work", ["ended_at"], sqlite_where=over, postgresql_where=over)
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("work", "came_live", server_default=None)


def downgrade() -> None:
    op.drop_index("ix_work_ended", "work")
    op.drop_index("ix_work_came", "work")
    for name in ("ended_at", "held_at", "left_at", "answered_at", "came_live"):
        op.drop_column("work", name)
