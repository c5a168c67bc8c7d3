"""The ticket's number as people meet it under our words: the same one at every door."""


def line(number: str, *, language: str | None) -> str:
    """For channels with room; empty where there is no number to give."""
    if not number:
        return ""
    return f"您的编号：{number}" if (language or "").startswith("zh") else f"Your number: {number}"


def behind(text: str, number: str) -> str:
    """For channels without room: only the number, behind the words, unless they say it already."""
    words = text.rstrip()
    return words if not number or number in words else f"{words} {number}"
