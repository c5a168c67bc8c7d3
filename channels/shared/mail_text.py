"""What somebody said, apart from what they quoted; and in which script they wrote it.

The quoted part is only folded away on the screen: the full text is always kept. Line by
line, each line looked at once and only its beginning, so no text can make it slow: the
expressions of others have been seen to hang for minutes on a few kilobytes.
"""

import re
from collections.abc import Sequence

_LINES = 5_000
_LINE = 300
_WRAPPED = 3
"""Lines over which mailers break "On … wrote:"."""

_OPENING = re.compile(
    r"[>\s]*(?:on|am|le|el|em|il|op|den|w dniu|dnia|v|dne|tarihinde|w dn\.|pe|på|в|от)\b|[>\s]*(?:在|于|於|\d)|[>\s]*<?\S+@\S+",
    re.IGNORECASE,
)
_WROTE = re.compile(
    r"(?:wrote|writes|schrieb|schreef|a écrit|escribi[óo]|escreveu|ha scritto|skrev|kirjoitti|napisał(?:\(a\))?|napsal"
    r"|пишет|написал(?:\(?а\)?)?|yazdı|写道|寫道|のメール|さんは書きました|님이 작성)[^\n:：]{0,80}[:：]\s*$",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(
    r"\s*-{2,40}\s*(?:original (?:message|appointment)|forwarded message|reply message|ursprüngliche nachricht|message d'origine"
    r"|message original|mensaje original|mensagem original|messaggio originale|oorspronkelijk bericht|weitergeleitete nachricht"
    r"|opprinnelig melding|oprindelig meddelelse|ursprungligt meddelande|原始邮件|原始郵件|原邮件|回复的原邮件|转发邮件|轉寄郵件"
    r"|元のメッセージ|원본 메시지|исходное сообщение|пересылаемое сообщение)\s*-{0,40}\s*$",
    re.IGNORECASE,
)
_FIRST_FIELD = re.compile(
    r"[*\s>]{0,9}(?:from|von|de|da|van|från|fra|od|от|发件人|寄件者|寄件人|差出人|보낸 사람)\s{0,3}\*?\s{0,3}[:：]",
    re.IGNORECASE,
)
_OTHER_FIELD = re.compile(
    r"[*\s>]{0,9}(?:sent|date|to|subject|gesendet|datum|an|betreff|envoyé|à|objet|enviado|para|asunto|fecha|inviato|a|oggetto"
    r"|verzonden|aan|onderwerp|skickat|till|ämne|sendt|til|emne|отправлено|кому|тема|дата|发送时间|发送日期|日期|收件人|主题"
    r"|寄件日期|傳送時間|收件者|主旨|送信日時|宛先|件名|보낸 날짜|받는 사람|제목)\s{0,3}\*?\s{0,3}[:：]",
    re.IGNORECASE,
)
_QUOTE = re.compile(r"\s{0,3}[>|]")


def split_quoted(text: str) -> tuple[str, str]:
    """What was said, and the quoted rest (may be empty). Joined they are the text; nothing is lost.

    Where somebody answers between the quoted lines, everything was said.
    """
    lines = text.split("\n", _LINES)
    heads = [line[:_LINE] for line in lines[:_LINES]]
    cut = _attribution(heads)
    if cut is None:
        cut = _trailing_quote(heads)
    if cut is None or _answers_between(heads, cut):
        return text, ""
    said = "\n".join(lines[:cut])
    if not said.strip():
        return text, ""
    return said.rstrip(), "\n".join(lines[cut:])


def _attribution(heads: Sequence[str]) -> int | None:
    """The first line that begins a quotation: "On … wrote:", a separator, or a mail's headers."""
    for at, line in enumerate(heads):
        if _SEPARATOR.match(line) or _wrote(heads, at) or _is_header_block(heads, at):
            return _before_rule(heads, at)
    return None


def _wrote(heads: Sequence[str], at: int) -> bool:
    if not _OPENING.match(heads[at]):
        return False
    for last in range(at, min(at + _WRAPPED, len(heads))):
        line = heads[last]
        if not line.strip():
            return False
        if _WROTE.search(line):
            return True
    return False


def _is_header_block(heads: Sequence[str], at: int) -> bool:
    """Outlook's way: From, Sent, To, Subject in lines of their own."""
    if not _FIRST_FIELD.match(heads[at]):
        return False
    return sum(1 for line in heads[at + 1 : at + 5] if _OTHER_FIELD.match(line)) >= 2


def _before_rule(heads: Sequence[str], at: int) -> int:
    """The line drawn above belongs to the quotation."""
    while at > 0 and heads[at - 1].strip() and not heads[at - 1].strip().strip("_-—=*"):
        at -= 1
    return at


def _trailing_quote(heads: Sequence[str]) -> int | None:
    """Quoted lines at the end that nobody announced."""
    at = len(heads)
    quoted = False
    while at > 0 and (_QUOTE.match(heads[at - 1]) or not heads[at - 1].strip()):
        at -= 1
        quoted = quoted or bool(heads[at].strip())
    return at if quoted else None


def _answers_between(heads: Sequence[str], cut: int) -> bool:
    """Whether own words stand between quoted lines after the cut."""
    seen_quote, words = False, False
    for line in heads[cut:]:
        if _QUOTE.match(line):
            if words:
                return True
            seen_quote = True
        elif line.strip() and seen_quote:
            words = True
    return False


_SCRIPTS = (
    ("ja", re.compile("[\u3041-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7a3\u1100-\u11ff]")),
    ("zh", re.compile("[\u4e00-\u9fff\u3400-\u4dbf]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("hi", re.compile("[\u0900-\u097f]")),
)
_LETTER = re.compile(r"[^\W\d_]")
_SAMPLE = 400
_NOT_LATIN = "\u0370"


def language_by_script(text: str) -> str | None:
    """The language a script tells without doubt, or None (Latin letters tell none).

    A third of the letters is enough: foreign names and addresses stand in every mail.
    """
    sample = text[:_SAMPLE]
    if not sample or max(sample) < _NOT_LATIN:
        return None
    letters = len(_LETTER.findall(sample))
    for language, script in _SCRIPTS:
        share = len(script.findall(sample))
        if share * (10 if language == "ja" else 3) >= letters > 0 and share >= 2:
            return language
    return None
