"""answers: the library and its macros; their editions stand in the table that has those of promises"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answers", _text("id"), _text("slug"), _text("service"), _text("wording"), _text("state"), _int("public"),
        _text("owner", null=True), _int("created_at"), _int("updated_at"), _int("review_at", null=True),
        _int("expires_at", null=True), _text("approved_by", null=True), _int("approved_at", null=True),
        _int("edition"), _int("used"), _int("helpful"), _int("unhelpful"), _int("version"),
        sa.PrimaryKeyConstraint("id", name="pk_answers"), sa.UniqueConstraint("slug", name="uq_answers_slug"),
    )  # fmt: skip
    op.create_index("ix_answers_updated_at", "answers", ["updated_at", "id"])
    op.create_index("ix_answers_state", "answers", ["state", "updated_at", "id"])
    op.create_index("ix_answers_service", "answers", ["service", "updated_at", "id"])
    kept = sa.text("state = 'approved' AND review_at IS NOT NULL")
    op.create_index(
        "ix_answers_review_at", "answers", ["review_at", "id"], sqlite_where=kept, postgresql_where=kept
    )  # fmt: skip
    op.create_table(
        "macros", _text("id"), _text("name"), _text("answer", null=True), _text("status", null=True),
        _int("priority", null=True), _text("queue", null=True), _int("snooze", null=True), _int("active"),
        _int("created_at"), _text("by", null=True), _text("reason", null=True), _int("version"),
        sa.PrimaryKeyConstraint("id", name="pk_macros"),
    )  # fmt: skip
    op.create_index("ix_macros_active", "macros", ["active", "created_at", "id"])


def downgrade() -> None:
    """Their editions go with them. What the index holds of them stays: it finds nothing without its answer."""
    op.execute("DELETE FROM editions WHERE kind = 'answer'")
    op.drop_table("macros")
    op.drop_table("answers")


def _text(name: str, *, null: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=null)


def _int(name: str, *, null: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=null)
