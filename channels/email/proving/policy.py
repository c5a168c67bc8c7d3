"""DMARC (RFC 9989): whose mail a passed SPF or DKIM proves, by the policy that a domain publishes.

The organisation's domain is found by the walk up the DNS tree, so no list of public suffixes
has to be kept. We are stricter than the standard where it lets doubt pass: without any
policy only the very same domain is aligned, and siblings never are.
"""

from dataclasses import dataclass

from channels.email.proving.names import Names
from channels.email.proving.signatures import tags_of

MOST_STEPS = 8
_LONGEST_WALK = 7
"""Labels that are left when a long name is cut for the second step (RFC 9989 §4.10)."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Of one domain: its organisation's domain, None without a policy; and whether alignment must be exact."""

    domain: str
    organisation: str | None
    strict_dkim: bool = False
    strict_spf: bool = False


async def policy_of(names: Names, domain: str) -> Policy:
    """The policy that holds for mail From this domain. Raises Silent."""
    found = await _walk(names, domain)
    if not found:
        return Policy(domain, None)
    organisation = _organisation(found, domain=domain)
    tags = found.get(domain) or found.get(organisation) or next(iter(found.values()))
    return Policy(domain, organisation, tags.get("adkim") == "s", tags.get("aspf") == "s")


async def aligned(names: Names, policy: Policy, *, other: str, strict: bool) -> bool:
    """Whether proof for `other` is proof for the domain of From. Raises Silent."""
    if other == policy.domain:
        return True
    if strict or policy.organisation is None or not _in_line(other, policy.domain):
        return False
    return (await policy_of(names, other)).organisation == policy.organisation


def may_align(domain: str, *, other: str) -> bool:
    """Whether it is worth a look at all: the same domain, or one above or below it."""
    return other == domain or _in_line(other, domain)


def _in_line(one: str, other: str) -> bool:
    """One stands under the other, and the upper one is no top-level domain."""
    upper, lower = sorted((one, other), key=len)
    return "." in upper and lower.endswith(f".{upper}")


async def _walk(names: Names, domain: str) -> dict[str, dict[str, str]]:
    """The policies on the way up, the nearest first; it ends where one says what it is (`psd`)."""
    found: dict[str, dict[str, str]] = {}
    for place in _steps(domain):
        texts = [text for text in await names.texts(f"_dmarc.{place}") if _is_policy(text)]
        if len(texts) == 1:
            found[place] = tags = {name: value.casefold() for name, value in tags_of(texts[0]).items()}
            if tags.get("psd") in ("y", "n"):
                break
    return found


def _steps(domain: str) -> list[str]:
    labels = domain.split(".")
    rest = labels[-_LONGEST_WALK:] if len(labels) > _LONGEST_WALK + 1 else labels[1:]
    return [domain, *(".".join(rest[at:]) for at in range(len(rest)))][:MOST_STEPS]


def _is_policy(text: bytes) -> bool:
    return text.replace(b" ", b"").split(b";")[0] == b"v=DMARC1"


def _organisation(found: dict[str, dict[str, str]], *, domain: str) -> str:
    """RFC 9989 §4.10.2: below a public suffix that says so, at who says it is none, else the highest."""
    for place, tags in found.items():
        if tags.get("psd") == "y" and place != domain:
            return ".".join(domain.split(".")[-place.count(".") - 2 :])
        if tags.get("psd") == "n":
            return place
    return min(found, key=lambda place: place.count("."))
