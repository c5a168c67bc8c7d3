"""Outside peers are bounded, near ones never slowed."""

import pytest

from channels.email.limits import Gate, Limits, Refused, is_near


@pytest.mark.parametrize(
    ("peer", "near"),
    [("127.0.0.1", True), ("::1", True), ("10.2.3.4", True), ("192.168.1.1", True), ("::ffff:10.0.0.1", True), ("", True),
     ("fe80::1%eth0", True), ("198.51.100.7", True), ("8.8.8.8", False), ("2606:4700::1111", False), ("::ffff:8.8.8.8", False)],
)  # fmt: skip
def test_who_is_near(peer: str, near: bool) -> None:
    assert is_near(peer) is near


def test_an_outside_peer_gets_its_burst_and_then_its_rate() -> None:
    now = 0.0
    gate = Gate(Limits(mails_per_second=2, burst=3), clock=lambda: now)
    for _ in range(3):
        gate.mail("8.8.8.8")
    with pytest.raises(Refused, match="450"):
        gate.mail("8.8.8.8")
    gate.mail("9.9.9.9")
    now = 0.5
    gate.mail("8.8.8.8")
    with pytest.raises(Refused):
        gate.mail("8.8.8.8")


def test_a_near_peer_is_never_slowed() -> None:
    gate = Gate(Limits(mails_per_second=0.001, burst=1, per_peer=1))
    for _ in range(10_000):
        gate.mail("127.0.0.1")
    for _ in range(100):
        gate.enter("10.0.0.1")


def test_connections_of_one_outside_peer_and_of_all_are_bounded() -> None:
    gate = Gate(Limits(connections=3, per_peer=2))
    gate.enter("8.8.8.8")
    gate.enter("8.8.8.8")
    with pytest.raises(Refused, match="from you"):
        gate.enter("8.8.8.8")
    gate.enter("127.0.0.1")
    assert gate.crowded
    with pytest.raises(Refused, match="connections, try"):
        gate.enter("9.9.9.9")
    gate.leave("8.8.8.8")
    gate.enter("9.9.9.9")
    assert gate.by_peer == {"8.8.8.8": 1, "127.0.0.1": 1, "9.9.9.9": 1}


def test_peers_are_forgotten_before_they_fill_the_memory() -> None:
    gate = Gate(Limits())
    for number in range(12_000):
        gate.mail(f"8.{number // 65_536}.{number // 256 % 256}.{number % 256}")
    assert len(gate._buckets) == 10_000
