"""one person: merges as pointers, proofs of addresses, citizens' visits, and what people are found by"""

from alembic import op
import sqlalchemy as sa

from crm_core.store.finding import fill_person_keys

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_HOLDS = sa.text("undone_at IS NULL")


def _text(name: str, null: bool = False) -> "sa.Column[object]":
    return sa.Column(name, sa.Text(), nullable=null)


def _int(name: str, null: bool = False) -> "sa.Column[object]":
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=null)


def upgrade() -> None:
    op.create_table(
        "merges",
        *(_text("id"), _text("source"), _text("target"), _int("at"), _text("by"), _text("why")),
        *(_int("target_version"), _int("undone_at", True), _text("undone_by", True), _int("version")),
        sa.PrimaryKeyConstraint("id", name="pk_merges"),
    )
    op.create_index("uq_merges_source", "merges", ["source"], unique=True, sqlite_where=_HOLDS, postgresql_where=_HOLDS)
    op.create_index("ix_merges_target", "merges", ["target"])
    op.create_table(
        "proofs",
        *(_text("id"), _text("kind"), _text("address", True), _text("customer", True), _text("ticket", True)),
        *(_text("digest"), _int("created_at"), _int("expires_at"), _text("created_by"), _int("attempts")),
        _int("used_at", True),
        sa.PrimaryKeyConstraint("id", name="pk_proofs"),
    )
    op.create_index("ix_proofs_address_created_at", "proofs", ["address", "created_at"])
    op.create_index("ix_proofs_expires_at", "proofs", ["expires_at"])
    op.create_table(
        "visits",
        *(_text("digest"), _text("ticket"), _text("address"), _int("created_at"), _int("expires_at")),
        sa.PrimaryKeyConstraint("digest", name="pk_visits"),
    )
    op.create_index("ix_visits_expires_at", "visits", ["expires_at"])
    op.create_table(
        "dismissals",
        *(_text("one"), _text("other"), _int("at"), _text("by")),
        sa.PrimaryKeyConstraint("one", "other", name="pk_dismissals"),
    )
    plain = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "person_keys",
        sa.Column("key", plain, nullable=False),
        _text("customer"),
        sa.PrimaryKeyConstraint("key", "customer", name="pk_person_keys"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_person_keys_customer", "person_keys", ["customer"])
    fill_person_keys(op.get_bind())


def downgrade() -> None:
    for name in ("person_keys", "dismissals", "visits", "proofs", "merges"):
        op.drop_table(name)
