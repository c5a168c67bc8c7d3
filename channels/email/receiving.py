"""Opens our mail receiver on the port that the house gives it."""

from channels.contract import Port
from channels.email.limits import Limits
from channels.email.proving import Prover
from channels.email.smtp import Receiver


def open_receiver(port: Port) -> Receiver:
    """The receiver, not yet bound."""
    return Receiver(
        port.way_for,
        host=port.host,
        port=port.port,
        hostname=port.hostname,
        limits=Limits(size=port.size, mails_per_second=float(port.per_second)),
        prover=Prover(trust_near=port.trust_near, trusted_mx=port.trusted_mx),
        clock=port.clock,
    )
