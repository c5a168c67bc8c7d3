"""How the house is set up: offices, teams, hours, promises, queues, the catalogue, inboxes."""

import sqlalchemy as sa

from crm_core.store.tables.base import bytes_column, int_column, metadata, text_column

units = sa.Table(
    "units",
    metadata,
    text_column("id", key=True),
    text_column("name"),
    int_column("valid_from"),
    int_column("valid_until", null=True),
)

teams = sa.Table("teams", metadata, text_column("id", key=True), text_column("name"))

calendars = sa.Table(
    "calendars",
    metadata,
    text_column("id", key=True),
    text_column("name"),
    text_column("zone"),
    text_column("windows"),
    text_column("exceptions"),
    text_column("names"),
    text_column("country", null=True),
    text_column("subdivision", null=True),
    int_column("version"),
)

policies = sa.Table(
    "policies",
    metadata,
    text_column("id", key=True),
    text_column("name"),
    text_column("calendar"),
    int_column("first_live"),
    int_column("first_deferred"),
    int_column("next_answer"),
    int_column("resolution"),
    int_column("version"),
    int_column("acceptance", null=True),
    text_column("counting"),
    text_column("by_priority"),
    text_column("pauses"),
    text_column("reopening"),
    text_column("ladder"),
)

queues = sa.Table(
    "queues",
    metadata,
    text_column("id", key=True),
    text_column("slug"),
    text_column("name"),
    text_column("team"),
    text_column("skills"),
    text_column("calendar"),
    text_column("icon"),
    int_column("order"),
    int_column("active"),
    int_column("version"),
    text_column("titles"),
    text_column("profile"),
    sa.UniqueConstraint("slug"),
)

services = sa.Table(
    "services",
    metadata,
    text_column("id", key=True),
    text_column("slug"),
    text_column("name"),
    text_column("about"),
    text_column("synonyms"),
    text_column("unit"),
    text_column("queue"),
    text_column("policy"),
    text_column("skills"),
    text_column("fields"),
    text_column("facts"),
    int_column("active"),
    int_column("order"),
    int_column("version"),
    text_column("life_events"),
    text_column("hours", null=True),
    text_column("steps"),
    text_column("pages"),
    text_column("publicity"),
    int_column("confirm"),
    int_column("asked"),
    sa.UniqueConstraint("slug"),
)

inboxes = sa.Table(
    "inboxes",
    metadata,
    text_column("id", key=True),
    text_column("channel"),
    text_column("name"),
    text_column("queue"),
    text_column("address", null=True),
    text_column("settings"),
    int_column("active"),
    int_column("created_at"),
    int_column("version"),
    int_column("bound"),
    text_column("acknowledging"),
    text_column("forms"),
    int_column("asks"),
    sa.UniqueConstraint("channel", "address"),
)

secrets = sa.Table(
    "secrets", metadata, text_column("inbox", key=True), text_column("field", key=True), bytes_column("sealed")
)

sources = sa.Table(
    "sources",
    metadata,
    text_column("inbox", key=True),
    int_column("heard_at", null=True),
    text_column("trouble", null=True),
    int_column("since", null=True),
)
"""How it stands with where contacts are fetched from, one row for each inbox that is."""

app_keys = sa.Table(
    "app_keys",
    metadata,
    text_column("id", key=True),
    text_column("inbox"),
    text_column("digest"),
    text_column("name"),
    int_column("created_at"),
    int_column("revoked_at", null=True),
    int_column("used_at", null=True),
    sa.UniqueConstraint("digest"),
    sa.Index("ix_app_keys_inbox", "inbox", "created_at"),
)

allowances = sa.Table(
    "allowances",
    metadata,
    text_column("id", key=True),
    int_column("began_at"),
    int_column("last_at"),
    int_column("used"),
    int_column("until", null=True),
    sa.Index("ix_allowances_last", "last_at"),
)
"""How often something happened lately, by what it is (of people a digest); old ones are swept."""

settings = sa.Table("settings", metadata, text_column("name", key=True), text_column("value"))
