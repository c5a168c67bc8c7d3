"""One-time codes and links: made from a key, so that nobody can read them out of the record.

A code is the beginning of a MAC over the proof's own random id. Only a digest under the
same key stands in the record, and the words that carry the code are filled in when they
leave the house: neither the database nor a colleague's screen ever shows it.
"""

import hashlib
import hmac
import re
import tomllib
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path

from crm_core.model.ids import ProofId
from crm_core.model.proof import Proof, ProofKind

LASTS = {ProofKind.CODE: timedelta(minutes=15), ProofKind.LINK: timedelta(hours=24)}
"""How long an answer is waited for."""

MOST_ATTEMPTS = 5
"""Guesses at one code; a million codes make five of them nearly nothing."""

MOST_AN_HOUR = 5
"""Codes and links to one address: whoever asks for more is not reading them."""

PLACE = "••••••"
"""Stands in a message's words, and on screens, for the code or link that is filled in as it leaves."""

DIGITS = 6
FLAG = "proof:"
"""Marks the message that carries a code or link, with the proof's id behind it."""

_ID = re.compile(r"[0-9a-hjkmnp-tv-z]{25}")
_LONGEST = 200


def secret(key: bytes, proof: ProofId, *, kind: ProofKind) -> str:
    """What goes to the address: six digits, or a token that fits into a link."""
    made = _mac(key, f"proof {kind.value}", proof)
    if kind is ProofKind.LINK:
        return f"{proof}{made[:40]}"
    return f"{int(made[:16], 16) % 10**DIGITS:0{DIGITS}}"


def digest(key: bytes, given: str, *, proof: ProofId) -> str:
    """What is kept of an answer."""
    return _mac(key, "proof answer", f"{proof} {given}")


def is_right(keys: Sequence[bytes], given: str, *, proof: ProofId, digest_kept: str) -> bool:
    """Whether this is the answer; however wrong, it takes the same time."""
    plain = tidy(given)
    right = [hmac.compare_digest(digest(key, plain, proof=proof), digest_kept) for key in keys]
    return any(right)


def named_by(token: str) -> ProofId | None:
    """The proof that a link's token belongs to; None for what cannot be one. It is not checked here."""
    id = token[:25]
    return ProofId(id) if len(token) <= _LONGEST and _ID.fullmatch(id) else None


def tidy(given: str) -> str:
    """A code as people type it: with spaces, in full width."""
    return "".join(given[:_LONGEST].split()).translate(_WIDE)


def filled(words: str, *, flags: Sequence[str], key: bytes, public_url: str) -> str:
    """A message's words as they leave the house: the code or link stands where its place was."""
    for flag in flags:
        if flag.startswith(FLAG):
            kind, _, id = flag.removeprefix(FLAG).partition(":")
            made = secret(key, ProofId(id), kind=ProofKind(kind))
            return words.replace(PLACE, made if kind == ProofKind.CODE else f"{public_url}/r/{made}")
    return words


def flag(proof: Proof) -> str:
    """What marks the message that carries it."""
    return f"{FLAG}{proof.kind.value}:{proof.id}"


def content_free(kind: ProofKind, *, language: str | None) -> tuple[str, str]:
    """Subject and words that say nothing of whom or what they are about: whoever reads that address may be a stranger."""
    found = _words()["zh" if (language or "").startswith("zh") else "en"][kind.value]
    return found["subject"], found["text"]


_WIDE = {ord("０") + number: str(number) for number in range(10)}


@cache
def _words() -> dict[str, dict[str, dict[str, str]]]:
    text = (Path(__file__).parent / "data" / "proofs.toml").read_text("utf-8")
    return tomllib.loads(text)


def _mac(key: bytes, purpose: str, text: str) -> str:
    return hmac.digest(key, f"onestop {purpose}\0{text}".encode("utf-8", "surrogateescape"), hashlib.sha256).hex()
