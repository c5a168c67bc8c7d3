"""In which language somebody asks."""

LANGUAGES = ("en", "zh")


def preferred(header: str) -> str | None:
    """The first of ours by weight in `Accept-Language` (RFC 9110 12.5.4); `zh-TW` reads `zh` better than English."""
    wishes: list[tuple[float, str]] = []
    for part in header[:200].split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            wishes.append((-float(weight or 1), tag.partition("-")[0].lower()))
        except ValueError:
            continue
    return next((tag for weight, tag in sorted(wishes, key=lambda wish: wish[0]) if tag in LANGUAGES and weight), None)
