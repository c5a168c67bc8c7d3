"""feedback: one row for each asking; which inboxes ask, and of which services nobody is asked"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_GIVEN, _UNHAPPY, _CARRIED = sa.text("score IS NOT NULL"), sa.text("score <= 2"), sa.text("message IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("inbox", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("cycle", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column("score", sa.BigInteger(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=True),
        sa.Column("given_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feedback"),
        sa.UniqueConstraint("ticket", "cycle", name="uq_feedback_ticket_cycle"),
    )
    op.create_index("ix_feedback_customer", "feedback", ["customer", "asked_at"])
    for name, columns, kept in (
        ("ix_feedback_message", ["message"], _CARRIED),
        ("ix_feedback_given", ["given_at", "id"], _GIVEN),
        ("ix_feedback_unhappy", ["given_at", "id"], _UNHAPPY),
    ):
        op.create_index(name, "feedback", columns, sqlite_where=kept, postgresql_where=kept)
    for table, name, value in (("inboxes", "asks", "0"), ("services", "asked", "1")):
        op.add_column(table, sa.Column(name, sa.BigInteger(), nullable=False, server_default=value))
        if op.get_bind().dialect.name != "sqlite":
            op.alter_column(table, name, server_default=None)


def downgrade() -> None:
    op.drop_column("services", "asked")
    op.drop_column("inboxes", "asks")
    op.drop_table("feedback")
