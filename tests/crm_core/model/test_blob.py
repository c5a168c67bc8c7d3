"""Digests are those that everybody else computes."""

from __future__ import annotations

import hashlib

import pytest

from crm_core.model.blob import digest


@pytest.mark.parametrize("size", [0, 1, 2_047, 2_048, 10_000, 65_536, 65_537, 300_000])
def test_a_digest_in_pieces_is_the_digest_of_the_whole(size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    assert digest(content) == hashlib.sha256(content).hexdigest()
    assert digest(content, memoryview(content)[1:]) == hashlib.sha256(content + content[1:]).hexdigest()
