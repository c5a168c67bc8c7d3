"""What the index of words is asked on PostgreSQL, by the plan that is kept for any word and any place."""

from __future__ import annotations

from collections.abc import Callable

import asyncpg
import pytest

from crm_core.store.compiled import postgres_compiler
from crm_core.store.words import NEWEST


@pytest.mark.postgres
async def test_a_word_is_looked_up_in_the_index_of_words_alone(fresh_database: Callable[[], str]) -> None:
    """The index of places knows all that is below one: it is walked back for a frequent word, and never counted out.

    Without bitmaps it would be taken wherever it can be.
    """
    values = {"tsquery": "'quagga'", "below": 1 << 62, "portion": 100, "back": 1200}
    prepared = postgres_compiler().get(NEWEST)
    raw = await asyncpg.connect(fresh_database())
    await raw.execute("SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off")
    await raw.execute("SET enable_bitmapscan = off")
    plan = "\n".join(
        str(row[0]) for row in await raw.fetch(f"EXPLAIN {prepared.text(values)}", *prepared.arguments(values))
    )
    await raw.close()
    assert plan.count("pk_search_words") == 1, plan
