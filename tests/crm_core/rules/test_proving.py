"""Codes and links: only who got them knows them, and the record does not hold them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.address import Address
from crm_core.model.ids import MessageId, ProofId, TicketId, fresh
from crm_core.model.message import Direction, Message
from crm_core.model.proof import Proof, ProofKind
from crm_core.rules import proving, story
from tests.crm_core.rules.made import ANA, MALLORY, MONDAY, PATIENT

KEYS = (b"k" * 32, b"o" * 32)


def proof(kind: ProofKind = ProofKind.CODE, at: datetime = MONDAY) -> Proof:
    id = fresh(ProofId, at=at)
    kept = proving.digest(KEYS[1], proving.secret(KEYS[1], id, kind=kind), proof=id)
    return Proof(id, kind, ANA, None, None, kept, at, at + proving.LASTS[kind], "anna")


def test_the_code_that_was_sent_is_right_under_any_key_we_had() -> None:
    asked = proof()
    code = proving.secret(KEYS[1], asked.id, kind=asked.kind)
    assert len(code) == 6
    assert code.isdigit()
    for typed in (code, f" {code[:3]} {code[3:]} ", code.translate({ord("0") + n: chr(0xFF10 + n) for n in range(10)})):
        assert proving.is_right(KEYS, typed, proof=asked.id, digest_kept=asked.digest)


@PATIENT
@given(st.text(max_size=300))
def test_anything_else_is_wrong_and_never_raises(typed: str) -> None:
    asked = proof()
    code = proving.secret(KEYS[1], asked.id, kind=asked.kind)
    assert proving.is_right(KEYS, typed, proof=asked.id, digest_kept=asked.digest) is (proving.tidy(typed) == code)
    proving.named_by(typed)


def test_neither_the_digest_nor_the_words_hold_the_code() -> None:
    for kind in ProofKind:
        asked = proof(kind)
        sent = proving.secret(KEYS[1], asked.id, kind=kind)
        for language in ("en", "zh", None):
            subject, words = proving.content_free(kind, language=language)
            assert proving.PLACE in words
            assert sent not in asked.digest + subject + words
            left = proving.filled(words, flags=(proving.flag(asked),), key=KEYS[1], public_url="https://x.example")
            assert proving.PLACE not in left
            assert sent in left


def test_a_link_names_its_proof_and_fits_into_an_address() -> None:
    asked = proof(ProofKind.LINK)
    token = proving.secret(KEYS[1], asked.id, kind=asked.kind)
    assert proving.named_by(token) == asked.id
    assert token.isalnum()
    assert proving.named_by("../../etc") is None


def said(text: str, address: Address | None, direction: Direction = Direction.IN, **more: Any) -> Message:
    id = fresh(MessageId, at=MONDAY)
    return Message(id, TicketId("t"), None, direction, "mail", "x", text, MONDAY, 1, address=address, **more)


def test_a_story_is_ones_own_words_and_the_answers_to_them() -> None:
    ours, theirs = said("mine", ANA), said("a stranger's", MALLORY)
    answer, to_bob = said("for Ana", ANA, Direction.OUT), said("for Bob", MALLORY, Direction.OUT)
    note, code = said("a note", None, Direction.NOTE), said("code", ANA, Direction.OUT, flags=(proving.flag(proof()),))
    everything = [ours, theirs, answer, to_bob, note, code]
    assert story.own_messages(everything, own=frozenset({ANA})) == [ours, answer]
    assert story.own_messages(everything, own=frozenset()) == []
