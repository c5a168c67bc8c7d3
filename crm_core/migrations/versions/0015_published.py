"""what strangers see: services whose requests are shown, reports with a place, and the keys of programs that file them"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_PUBLISHED = sa.text("published_in IS NOT NULL AND confidential = 0 AND erased_at IS NULL")


def upgrade() -> None:
    op.add_column("services", sa.Column("publicity", sa.Text(), nullable=False, server_default="private"))
    op.add_column("tickets", sa.Column("published_in", sa.Text(), nullable=True))
    op.create_index(
        "ix_tickets_published",
        "tickets",
        ["published_in", "service", "status", "created_at", "id"],
        sqlite_where=_PUBLISHED,
        postgresql_where=_PUBLISHED,
    )
    op.create_table(
        "public_reports",
        sa.Column("id", sa.Text(), nullable=False),
        _int("lat", null=True),
        _int("long", null=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("address", "address_id", "words")),
        sa.PrimaryKeyConstraint("id", name="pk_public_reports"),
    )
    op.create_table(
        "app_keys",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("id", "inbox", "digest", "name")),
        _int("created_at"),
        _int("revoked_at", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_app_keys"),
        sa.UniqueConstraint("digest", name="uq_app_keys_digest"),
    )
    op.create_index("ix_app_keys_inbox", "app_keys", ["inbox", "created_at"])


def downgrade() -> None:
    op.drop_table("app_keys")
    op.drop_table("public_reports")
    op.drop_index("ix_tickets_published", table_name="tickets")
    op.drop_column("tickets", "published_in")
    op.drop_column("services", "publicity")


def _int(name: str, *, null: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=null)
