"""What looks like spam, each sign with its weight, and what may be blocked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crm_core.model.address import Address
from crm_core.model.ids import AgentId, BlockId
from crm_core.model.suspicion import Block, BlockKind, Sign
from crm_core.rules.suspicion import THRESHOLD, Facts, judge, tidy

AT = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
PLAIN = Facts(
    sender=Address.mail("ana@mail.shop.example"),
    peer="192.0.2.7",
    text="My permit ran out, please renew it before Monday.",
    forged=False,
    same=False,
    automatic=False,
    known=False,
)
MANY = "Win https://a.example https://b.example https://c.example now"


def a_block(kind: BlockKind, value: str) -> Block:
    return Block(BlockId("b"), kind, value, "floods us", AgentId("sue"), AT, AT + timedelta(days=7))


@pytest.mark.parametrize(
    ("facts", "signs"),
    [
        (PLAIN, ()),
        (replace(PLAIN, text=MANY), (Sign.MANY_LINKS,)),
        (replace(PLAIN, text="Look: https://a.example"), (Sign.LINKS,)),
        (replace(PLAIN, text=f"{MANY} {'word ' * 100}"), ()),
        (replace(PLAIN, forged=True, automatic=True), (Sign.FORGED, Sign.AUTOMATIC)),
        (replace(PLAIN, text=MANY, same=True), (Sign.MANY_LINKS, Sign.SAME)),
    ],
)
def test_every_sign_is_named(facts: Facts, signs: tuple[Sign, ...]) -> None:
    assert judge(facts, blocks=(), at=AT).signs == signs


def test_two_signs_hold_it_and_whoever_we_know_is_heard() -> None:
    doubtful = replace(PLAIN, text=MANY, forged=True)
    assert judge(doubtful, blocks=(), at=AT).holds(THRESHOLD)
    assert not judge(replace(doubtful, known=True), blocks=(), at=AT).holds(THRESHOLD)


@pytest.mark.parametrize(
    ("kind", "value", "holds"),
    [
        (BlockKind.ADDRESS, "ana@mail.shop.example", True),
        (BlockKind.ADDRESS, "bea@mail.shop.example", False),
        (BlockKind.DOMAIN, "shop.example", True),
        (BlockKind.DOMAIN, "op.example", False),
        (BlockKind.NETWORK, "192.0.2.0/24", True),
        (BlockKind.NETWORK, "198.51.100.0/24", False),
    ],
)
def test_a_block_holds_what_falls_under_it_until_its_time_is_over(kind: BlockKind, value: str, holds: bool) -> None:
    block = a_block(kind, value)
    known = replace(PLAIN, known=True)
    assert judge(known, blocks=(block,), at=AT).holds(THRESHOLD) is holds, "also where we know them"
    assert not judge(known, blocks=(block,), at=block.until).holds(THRESHOLD)
    assert not judge(known, blocks=(replace(block, lifted_at=AT),), at=AT).holds(THRESHOLD)


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        (BlockKind.DOMAIN, "@Shop.Example", "shop.example"),
        (BlockKind.DOMAIN, "example", None),
        (BlockKind.ADDRESS, " Ana@Shop.example ", "ana@shop.example"),
        (BlockKind.NETWORK, "192.0.2.7/24", "192.0.2.0/24"),
        (BlockKind.NETWORK, "0.0.0.0/0", None),
        (BlockKind.NETWORK, "here", None),
    ],
)
def test_what_is_blocked_has_one_spelling_and_is_never_everybody(kind: BlockKind, typed: str, kept: str | None) -> None:
    assert tidy(kind, typed) == kept
