"""What a mail server of our own found out (RFC 8601), where the settings name it; nobody else is believed."""

import re
from collections.abc import Collection, Sequence

from channels.shared.mime import unfolded

_COMMENT = re.compile(r"\([^()]*\)")
_METHOD = re.compile(r"\s*([A-Za-z0-9-]+)\s*=\s*([A-Za-z]+)")
_FROM = re.compile(r"\bheader\.from\s*=\s*\"?([^\s;\"]+)")
_LONGEST = 8_192


def verdict(headers: Sequence[bytes], *, trusted: Collection[str], domain: str) -> str | None:
    """The DMARC result of the topmost Authentication-Results that a trusted server wrote, for this domain of From.

    None where no trusted server wrote one; `none` where it wrote nothing about this domain.
    The trusted server has to remove those that came from outside under its name, as RFC 8601 §5
    demands: only the topmost is read, since its own stands above.
    """
    for header in headers:
        server, _, results = unfolded(header)[:_LONGEST].decode("latin-1").partition(";")
        name = _COMMENT.sub(" ", server).split()[:1]
        if name and name[0].casefold() in trusted:
            return _dmarc(_COMMENT.sub(" ", results), domain=domain)
    return None


def _dmarc(results: str, *, domain: str) -> str:
    for result in results.split(";"):
        method, about = _METHOD.match(result), _FROM.search(result)
        if method and method[1].casefold() == "dmarc" and about:
            from_domain = about[1].rpartition("@")[2].casefold().rstrip(".")
            return method[2].casefold() if from_domain == domain else "none"
    return "none"
