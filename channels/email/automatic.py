"""Whether a machine wrote it. Such mail is filed like any other, and never answered by a machine."""

import re

from channels.email.complaints import NO_COMPLAINTS, complaint
from channels.shared.mime import Part

_ADDRESSES_OF_MACHINES = re.compile(
    r"(?:mail(?:er)?[ -]?daemon|mailerdaemon|postmaster|mdaemon|mmdf|bounces?|no-?reply|do-?not-?reply)"
    r"(?:[+.=-].*)?",
)
_ANSWERS = re.compile(r"(?:bounces?|no-?reply|do-?not-?reply).*")
_FAILURES = re.compile(
    r"undeliver|returned mail|return(?:ed)? to sender|delivery (?:status notification|fail|report|notification|problem|error)"
    r"|fail(?:ure|ed) (?:notice|delivery|to deliver)|mail (?:delivery|system error|error|could not)|could ?n[o']t (?:be )?deliver"
    r"|non[- ]?deliver|not delivered|message (?:delivery|not deliver|you sent)|unzustellbar|nicht zugestellt"
    r"|退信|无法投递|無法投遞|投递失败|投遞失敗|系统退信|配信不能|送信エラー|配送エラー|メールエラー",
    re.IGNORECASE,
)
_BULK = ("bulk", "junk", "list", "auto_reply", "auto-reply")
_ROBOT_HEADERS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply-from", "x-loop", "x-mail-autoreply")
_LIST_HEADERS = ("list-id", "list-post", "list-unsubscribe", "list-help", "mailing-list")


def automatic(mail: Part, *, sender: str, own: str | None, return_path: str | None) -> str | None:
    """Why it is automatic, in a word or two, or None. Bounces first: they want other treatment.

    `return_path` is the envelope's sender (`<>` or empty: nobody wants an answer), None if unknown.
    """
    kind = complaint(mail)
    if kind is not None:
        return "report" if kind in NO_COMPLAINTS else "complaint"
    if _is_bounce(mail, sender=sender, return_path=return_path):
        return "bounce"
    if mail.type == "multipart/report":
        return "report"
    return _says_so(mail) or _by_its_sender(sender, own=own, return_path=return_path)


def _is_bounce(mail: Part, *, sender: str, return_path: str | None) -> bool:
    if mail.type == "multipart/report":
        kind = mail.parameters.get("report-type", "").lower()
        if kind in ("delivery-status", ""):
            return True
    if mail.raw("x-failed-recipients") or any(part.type == "message/delivery-status" for part in mail.leaves()):
        return True
    local = sender.partition("@")[0].casefold().strip("<> ")
    machine = _ADDRESSES_OF_MACHINES.fullmatch(local) is not None and not _ANSWERS.fullmatch(local)
    nobody = return_path is not None and return_path in ("", "<>")
    nobody = nobody or "@" not in sender
    failed = _FAILURES.search(mail.text_of("subject")) is not None
    return machine or (failed and (nobody or bool(mail.raw("auto-submitted")) or _ANSWERS.fullmatch(local) is not None))


def _says_so(mail: Part) -> str | None:
    """The headers by which machines admit it (RFC 3834, RFC 2919, and older habits)."""
    submitted = _word(mail, "auto-submitted")
    if submitted and submitted != "no":
        return submitted
    if _word(mail, "precedence") in _BULK:
        return f"precedence {_word(mail, 'precedence')}"
    suppress = _word(mail, "x-auto-response-suppress")
    if suppress and suppress != "none":
        return "asks for no automatic answer"
    for name in (*_ROBOT_HEADERS, *_LIST_HEADERS):
        if mail.raw(name):
            return name
    return None


def _by_its_sender(sender: str, *, own: str | None, return_path: str | None) -> str | None:
    if own and sender == own:
        return "our own address"
    if return_path is not None and return_path in ("", "<>"):
        return "null return path"
    if _ADDRESSES_OF_MACHINES.fullmatch(sender.partition("@")[0]):
        return "no-reply sender"
    return None


def _word(mail: Part, name: str) -> str:
    """The first word of a header, folded."""
    words = re.split(rb"[;,\s(]", mail.raw(name).strip().lower(), maxsplit=1)
    return words[0].decode("latin-1")
