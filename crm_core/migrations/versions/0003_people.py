"""people: how they want to be reached, addresses that several use, and how customers belong together"""

from alembic import op
import sqlalchemy as sa

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_HELD = sa.text("held = 1")


def upgrade() -> None:
    with op.batch_alter_table("customers", schema=None) as batch:
        batch.add_column(sa.Column("channel", sa.Text(), nullable=True))
        batch.add_column(sa.Column("do_not", sa.Text(), nullable=False, server_default="[]"))
        batch.add_column(sa.Column("needs", sa.Text(), nullable=False, server_default="[]"))
        batch.add_column(sa.Column("safety", sa.Text(), nullable=True))
        batch.add_column(sa.Column("street", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("place", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("identities", schema=None) as batch:
        batch.add_column(sa.Column("held", sa.BigInteger(), autoincrement=False, nullable=False, server_default="1"))
        batch.drop_constraint("uq_identities_address", type_="unique")
        batch.drop_index("ix_identities_customer")
        batch.create_unique_constraint("uq_identities_customer_address", ["customer", "address"])
        batch.create_index("ix_identities_address", ["address"])
        batch.create_index(
            "uq_identities_held", ["address"], unique=True, sqlite_where=_HELD, postgresql_where=_HELD
        )
    op.create_table(
        "relations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("other", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("consented_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("ends_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_relations"),
    )
    op.create_index("ix_relations_customer", "relations", ["customer"])
    op.create_index("ix_relations_other", "relations", ["other"])


def downgrade() -> None:
    op.drop_table("relations")
    op.execute("DELETE FROM identities WHERE held = 0")
    with op.batch_alter_table("identities", schema=None) as batch:
        batch.drop_index("uq_identities_held")
        batch.drop_index("ix_identities_address")
        batch.drop_constraint("uq_identities_customer_address", type_="unique")
        batch.create_unique_constraint("uq_identities_address", ["address"])
        batch.create_index("ix_identities_customer", ["customer"])
        batch.drop_column("held")
    with op.batch_alter_table("customers", schema=None) as batch:
        for name in ("place", "street", "safety", "needs", "do_not", "channel"):
            batch.drop_column(name)
