"""What a mail says to whoever opens it: our words, who we are, and the number of their matter."""

from html import escape

from channels.contract import Rendering
from channels.email.settings import EmailSettings
from channels.shared import reference
from channels.shared.html import to_text
from crm_core.model.message import Outbound

LARGE_PRINT = "large_print"
LARGE = 'style="font-size:150%;line-height:1.5"'


def render(message: Outbound, *, settings: EmailSettings) -> Rendering:
    """The words as they stand on the wire: plain, and as a page where they are formatted or must be large."""
    text = message.text if message.text.strip() or not message.html else to_text(message.html)
    under = _under(message, settings=settings)
    return Rendering(
        parts=(f"{text.rstrip()}\n\n-- \n{under}\n" if under else text,),
        sender=settings.sender_name or message.from_name,
        subject=message.subject or "",
        html=_page(message, text=text, under=under),
        used=len(text),
    )


def _under(message: Outbound, *, settings: EmailSettings) -> str:
    """The signature and, last of all, the number: whoever writes or calls from elsewhere can name it."""
    number = reference.line(message.ticket_number, language=message.language)
    return "\n".join(each for each in (settings.signature, number) if each)


def _page(message: Outbound, *, text: str, under: str) -> str | None:
    large = any(need.code == LARGE_PRINT for need in message.needs)
    if not message.html and not large:
        return None
    body = message.html or f"<p>{_lines(text)}</p>"
    below = f"<p>-- <br>{_lines(under)}</p>" if under else ""
    return f"<!DOCTYPE html><html><body{f' {LARGE}' if large else ''}>{body}{below}</body></html>"


def _lines(text: str) -> str:
    return escape(text.rstrip()).replace("\n", "<br>")
