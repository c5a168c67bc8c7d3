"""Who works here, and how they prove it."""

import sqlalchemy as sa

from crm_core.store.tables.base import int_column, metadata, partial_index, text_column

agents = sa.Table(
    "agents",
    metadata,
    text_column("id", key=True),
    text_column("email"),
    text_column("name"),
    text_column("role"),
    text_column("languages"),
    text_column("skills"),
    text_column("capacity"),
    text_column("duty"),
    int_column("duty_since"),
    text_column("duty_reason", null=True),
    int_column("active"),
    int_column("created_at"),
    text_column("teams"),
    int_column("version"),
    text_column("next_duty", null=True),
    text_column("lent"),
    sa.UniqueConstraint("email"),
)

screens = sa.Table("screens", metadata, text_column("agent", key=True), int_column("seen_at"))

wishes = sa.Table(
    "wishes",
    metadata,
    text_column("agent", key=True),
    text_column("browser"),
    text_column("mail"),
    int_column("words"),
    int_column("every"),
    text_column("hours"),
    text_column("proven", null=True),
    text_column("proof", null=True),
    int_column("code_at", null=True),
    int_column("due_at", null=True),
    int_column("claimed_at", null=True),
    int_column("sent_at", null=True),
    partial_index("ix_wishes_due_at", "due_at", where="due_at IS NOT NULL"),
    partial_index("ix_wishes_code_at", "code_at", where="code_at IS NOT NULL"),
)

tidings = sa.Table(
    "tidings",
    metadata,
    text_column("agent", key=True),
    text_column("event", key=True),
    text_column("news", key=True),
    text_column("ticket"),
    int_column("at"),
    int_column("taken"),
)

credentials = sa.Table(
    "credentials", metadata, text_column("agent", key=True), text_column("password"), int_column("changed_at")
)

sessions = sa.Table(
    "sessions",
    metadata,
    text_column("digest", key=True),
    text_column("agent"),
    text_column("csrf"),
    int_column("created_at"),
    int_column("seen_at"),
    int_column("expires_at"),
    sa.Index(None, "agent"),
)

tokens = sa.Table(
    "tokens",
    metadata,
    text_column("id", key=True),
    text_column("digest"),
    text_column("agent"),
    text_column("name"),
    text_column("scopes"),
    int_column("created_at"),
    int_column("expires_at", null=True),
    int_column("revoked_at", null=True),
    int_column("used_at", null=True),
    sa.UniqueConstraint("digest"),
)

links = sa.Table(
    "links",
    metadata,
    text_column("digest", key=True),
    text_column("purpose"),
    text_column("subject"),
    int_column("created_at"),
    int_column("expires_at"),
    int_column("used_at", null=True),
)
