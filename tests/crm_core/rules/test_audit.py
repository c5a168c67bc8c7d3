from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.rules import audit
from crm_core.rules.audit import GENESIS, Broken, Head, Link, Sound
from tests.crm_core.rules.made import PATIENT

SALT = "ab" * 16


def a_record(count: int = 9) -> list[Link]:
    """Events of three tickets in turn, chained as the relay does it."""
    links: list[Link] = []
    heads: dict[str, str] = {}
    chain = GENESIS
    for position in range(1, count + 1):
        thread = f"t{position % 3}"
        facts = audit.canonical({"event": position, "ticket": thread})
        personal = audit.canonical({"text": f"words {position}"})
        digest = audit.personal_digest(SALT, personal=personal)
        own = audit.ticket_hash(heads.get(thread, GENESIS), facts=facts, digest=digest)
        chain = audit.chain_hash(chain, position=position, ticket_hash=own)
        heads[thread] = own
        links.append(Link(position, thread, facts, digest, own, chain, SALT, personal))
    return links


def rewritten(links: list[Link], *, place: int) -> list[Link]:
    """Somebody who can write changes one event and computes all that follows anew."""
    changed: list[Link] = []
    heads: dict[str, str] = {}
    chain = GENESIS
    for link in links:
        facts = link.facts.replace("event", "evnt") if link.position == place else link.facts
        own = audit.ticket_hash(heads.get(link.thread, GENESIS), facts=facts, digest=link.digest)
        chain = audit.chain_hash(chain, position=link.position, ticket_hash=own)
        heads[link.thread] = own
        changed.append(replace(link, facts=facts, ticket_hash=own, chain_hash=chain))
    return changed


def test_an_untouched_record_is_sound_and_says_where_it_ends() -> None:
    links = a_record()
    assert audit.verify(links) == Sound(Head(9, links[-1].chain_hash), 9)
    assert audit.verify([]) == Sound(Head(0, GENESIS), 0)


@pytest.mark.parametrize(
    ("tamper", "first_bad"),
    [
        (lambda links: [replace(link, facts=link.facts + " ") if link.position == 4 else link for link in links], 4),
        (lambda links: [replace(link, personal="{}") if link.position == 4 else link for link in links], 4),
        (
            lambda links: [
                replace(link, digest="0" * 64, personal=None) if link.position == 4 else link for link in links
            ],
            4,
        ),
        (lambda links: [replace(link, chain_hash=GENESIS) if link.position == 4 else link for link in links], 4),
        (lambda links: links[:3] + links[4:], 5),
        (lambda links: links[1:], 2),
        (lambda links: [links[1], links[0], *links[2:]], 2),
        (lambda links: [*links[:3], replace(links[6], position=4), *links[4:]], 4),
    ],
    ids=["edited", "words edited", "digest edited", "link edited", "deleted", "first deleted", "reordered", "copied"],
)
def test_tampering_is_found_at_the_first_bad_event(tamper: Callable[[list[Link]], list[Link]], first_bad: int) -> None:
    found = audit.verify(tamper(a_record()))
    assert isinstance(found, Broken)
    assert found.position == first_bad
    assert found.why


def test_a_deleted_event_is_called_missing_not_changed() -> None:
    links = a_record()
    assert audit.verify(links[:3] + links[4:]) == Broken(5, "event 4 is missing or out of order")


def test_a_cut_tail_and_a_rewritten_record_show_only_against_an_anchor() -> None:
    links = a_record()
    anchor = Head(8, links[7].chain_hash)
    assert isinstance(audit.verify(links[:5]), Sound)
    assert isinstance(audit.verify(rewritten(links, place=3)), Sound)
    assert audit.verify(links[:5], anchor=anchor) == Broken(
        6, "events are missing at the end: the anchor is further on"
    )
    found = audit.verify(rewritten(links, place=3), anchor=anchor)
    assert isinstance(found, Broken)
    assert found.position == 8
    assert isinstance(audit.verify(links, anchor=anchor), Sound)


def test_erased_words_leave_the_record_sound() -> None:
    erased = [replace(link, personal=None, salt="") for link in a_record()]
    assert isinstance(audit.verify(erased), Sound)


def test_a_digest_tells_nothing_without_its_salt() -> None:
    assert audit.personal_digest(SALT, personal="{}") != audit.personal_digest("cd" * 16, personal="{}")


def test_canonical_json_is_one_text_for_one_value() -> None:
    assert audit.canonical({"b": 1, "a": ["ü", None]}) == '{"a":["ü",null],"b":1}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        audit.canonical({"a": float("nan")})


leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
values = leaves | st.lists(leaves, max_size=3) | st.dictionaries(st.text(max_size=5), leaves, max_size=3)


@PATIENT
@given(st.dictionaries(st.text(max_size=5), values, max_size=5))
def test_the_order_of_keys_does_not_matter(value: dict[str, Any]) -> None:
    assert audit.canonical(value) == audit.canonical(dict(reversed(value.items())))


@PATIENT
@given(st.lists(st.text(), min_size=2, max_size=2), st.lists(st.text(), min_size=2, max_size=2))
def test_no_two_events_have_one_hash_by_moving_the_border_between_their_parts(one: list[str], other: list[str]) -> None:
    hashes = {audit.ticket_hash(GENESIS, facts=facts, digest=digest) for facts, digest in (one, other)}
    assert (len(hashes) == 1) == (one == other)
