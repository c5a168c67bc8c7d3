"""Mails made to keep a reader busy are read in linear time, or cut; those too large for that go to another process."""

from __future__ import annotations

import contextlib
import time

import pytest

from channels.contract import Unreadable
from channels.shared.heavy import LIGHT
from tests.channels.email.letters import channel, wire
from tests.peers.bombs import bombs

SMALL = bombs(size=LIGHT - 2_000)


@pytest.mark.parametrize("name", SMALL)
def test_what_is_read_where_it_came_in_takes_less_than_a_second_of_the_processor(name: str) -> None:
    reader, mail = channel(), wire(SMALL[name][:LIGHT])
    began = time.thread_time()
    with contextlib.suppress(Unreadable):
        reader.read(mail)
    took = time.thread_time() - began
    print(f"{name}: {1000 * took:.0f} ms")
    assert took < 1
