"""What a mail server says in its own words about a mail that it could not deliver.

Before there was a form (RFC 3464), and where nobody uses it: qmail, Exim, sendmail,
OpenSMTPD, Notes, Exchange, and providers each wrote as they liked. All of them name an
address and say in the next words what is wrong with it.
"""

import re
from collections.abc import Collection

from channels.email import addresses
from crm_core.model.address import Address

_REFUSED = re.compile(r"(?<![\d.])5(?:\d\d(?=[ \-#:])|\.\d{1,3}\.\d{1,3})[^\r\n]*")
_FAILED = re.compile(
    r"(?:could ?no[t']|cannot|can't|was(?:n't| not) able to|were (?:unable|not able) to|unable to|failed to|not) (?:be )?(?:deliver|reach|send|sent)"
    r"|undeliver|did not reach|error (?:delivering|sending|has occurred)|trouble delivering|gave up|giving up|given up"
    r"|rejected|not recogni[sz]ed|(?:fatal|delivery) errors?|not listed|envelope expired|mailbox(?: is)? full|mailfolder is full"
    r"|over quota|account is (?:locked|disabled)|(?:unknown|invalid|no such|no valid) (?:user|recipient|address|final delivery)"
    r"|user unknown|address(?:es)? failed|permanent error|returned to sender|doesn't have an? .{1,60} account"
    r"|unzustellbar|nicht zugestellt|konnte nicht|n'a pas pu|non remis|no se (?:ha podido|pudo)|non è stato possibile"
    r"|退信|无法投递|無法投遞|投递失败|投遞失敗|送信できません|配信できません|宛先に対し",
    re.IGNORECASE,
)
_LATE = re.compile(
    r"\(delay\)|\(mail delivery delayed\)|delivery has been delayed|delayed \d+ hours|has been delayed|not yet (?:been delivered|received)"
    r"|still undelivered|will be retried|warning message only|(?:no |not )need to resend|notification about a delay"
    r"|could not send message for past|keep trying|verzögert|a été retardé|se ha retrasado|配信が遅延|投递延迟",
    re.IGNORECASE,
)
_ENDS = re.compile(r"not going to try|giving up|given up|gave up|permanent(?:ly)? (?:error|failed)", re.IGNORECASE)
_NOT_THEM = re.compile(
    r"contact|support|assist|help|postmaster|report|mail from|envelope[- ]from|sender|^\s*from\b|\boriginator\b",
    re.IGNORECASE,
)
_MOST_LINES = 400
_LONGEST = 500


def only_late(subject: str, words: str) -> bool:
    """Whether it says that it goes on trying; nothing has failed then."""
    said = f"{subject}\n{words}"
    return _LATE.search(said) is not None and _ENDS.search(said) is None


def failed(subject: str, words: str) -> bool:
    """Whether these words say that something did not arrive."""
    return _REFUSED.search(words) is not None or _FAILED.search(f"{subject}\n{words}") is not None


def named(words: str, *, but: Collection[Address]) -> list[Address]:
    """Whom they name, but for those who were told (`but`) and those to turn to."""
    lines = (line for line in _lines(words) if "@" in line and _NOT_THEM.search(line) is None)
    return [found for line in lines for found in addresses.addresses_in(line) if found not in but]


def refused(words: str, *, but: Collection[Address]) -> list[Address]:
    """The same from lines that say themselves that something failed, wherever they stand."""
    return named("\n".join(line for line in _lines(words) if _FAILED.search(line)), but=but)


def reason(words: str, *, about: Address | None) -> str:
    """The refusal itself, else what follows the address, else the line that says that it failed."""
    refusal = _REFUSED.search(words)
    if refusal is not None:
        return refusal[0]
    at = words.casefold().find(about.value) if about else -1
    if about and at >= 0:
        said = words[at + len(about.value) :].lstrip(">:;.()[] \t\r\n").split("\n\n", 1)[0]
        if len(said) > len("failed") and "@" not in said[:20]:
            return said
    return next((line.strip() for line in _lines(words) if _FAILED.search(line)), "")


def _lines(words: str) -> list[str]:
    return [line[:_LONGEST] for line in words.split("\n", _MOST_LINES)[:_MOST_LINES]]
