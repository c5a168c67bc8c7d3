"""Calls, what the phone is to do for them, and agents who take theirs on a telephone."""

import sqlalchemy as sa

from crm_core.model.call import CallState, CommandState
from crm_core.store.tables.base import int_column, metadata, not_over, one_of, partial_index, text_column

calls = sa.Table(
    "calls",
    metadata,
    text_column("id", key=True),
    text_column("inbox"),
    text_column("direction"),
    text_column("state"),
    int_column("arrived_at"),
    text_column("ticket", null=True),
    text_column("sid", null=True),
    text_column("number", null=True),
    text_column("language", null=True),
    text_column("agent", null=True),
    text_column("legs"),
    text_column("recording"),
    text_column("tape", null=True),
    text_column("consent", null=True),
    int_column("consent_at", null=True),
    text_column("ending", null=True),
    int_column("short"),
    int_column("waiting_since", null=True),
    int_column("bridged_at", null=True),
    int_column("ended_at", null=True),
    int_column("lost_at", null=True),
    int_column("attempts"),
    int_column("next_at", null=True),
    text_column("trouble", null=True),
    text_column("message", null=True),
    int_column("version"),
    sa.Index("ix_calls_ticket", "ticket"),
    sa.Index("ix_calls_arrived", "arrived_at", "id"),
    partial_index("uq_calls_sid", "inbox", "sid", where="sid IS NOT NULL", unique=True),
    partial_index("ix_calls_message", "message", where="message IS NOT NULL"),
    partial_index("ix_calls_live", "state", "id", where="state <> 'ended'"),
)

NOT_ENDED = not_over(calls.c.state, CallState, end=CallState.ENDED)
"""Calls that go on."""

call_commands = sa.Table(
    "call_commands",
    metadata,
    text_column("id", key=True),
    text_column("call"),
    text_column("inbox"),
    text_column("kind"),
    text_column("leg", null=True),
    text_column("state"),
    int_column("made_at"),
    int_column("due_at"),
    int_column("attempts"),
    text_column("reason", null=True),
    int_column("version"),
    sa.Index("ix_call_commands_call", "call"),
    partial_index("ix_call_commands_open", "state", "id", where="state IN ('queued', 'sending')"),
)

TO_BE_SAID = one_of(call_commands.c.state, (CommandState.QUEUED, CommandState.SENDING))
"""Commands that a provider has not answered yet."""

phones = sa.Table(
    "phones",
    metadata,
    text_column("id", key=True),
    text_column("number"),
    int_column("version"),
)
