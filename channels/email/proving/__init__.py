"""Whether a mail is from whom its From says: SPF, DKIM and DMARC alignment, found out around `read`."""

from channels.email.proving.prover import Prover

__all__ = ["Prover"]
