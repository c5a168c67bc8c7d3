"""inboxes: what they acknowledge, what their forms ask and who may show them; how often something happened lately"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_SILENT = '{"to":"nobody","texts":{},"most":200}'
"""Inboxes that were there before write to nobody by themselves until somebody says so."""
_FORMS = '{"confirm":false,"origins":[]}'


def upgrade() -> None:
    op.create_table(
        "allowances",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_allowances"),
    )
    op.create_index("ix_allowances_last", "allowances", ["last_at"])
    for name, value in (("acknowledging", _SILENT), ("forms", _FORMS)):
        op.add_column("inboxes", sa.Column(name, sa.Text(), nullable=False, server_default=value))
        if op.get_bind().dialect.name != "sqlite":
            op.alter_column("inboxes", name, server_default=None)


def downgrade() -> None:
    op.drop_column("inboxes", "forms")
    op.drop_column("inboxes", "acknowledging")
    op.drop_table("allowances")
