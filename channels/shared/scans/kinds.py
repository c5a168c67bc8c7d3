"""What a scan is, by its content and never by its name."""

from collections.abc import Callable, Mapping

PDF, TIFF, HEIC = "application/pdf", "image/tiff", "image/heic"
PICTURES = ("image/jpeg", "image/png", TIFF)
ENDINGS = {PDF: ".pdf", "image/jpeg": ".jpg", "image/png": ".png", TIFF: ".tif", HEIC: ".heic"}
SAID = "PDF, JPEG, PNG, TIFF or HEIC"
LARGEST = 25 * 1024 * 1024

_HEIC = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heif")
_LOOKS: Mapping[str, Callable[[bytes], bool]] = {
    PDF: lambda content: b"%PDF-" in content[:1024],
    "image/jpeg": lambda content: content.startswith(b"\xff\xd8\xff"),
    "image/png": lambda content: content.startswith(b"\x89PNG\r\n\x1a\n"),
    TIFF: lambda content: content.startswith((b"II*\x00", b"MM\x00*")),
    HEIC: lambda content: content[4:8] == b"ftyp" and content[8:12] in _HEIC,
}


def kind_of(content: bytes) -> str | None:
    """The type that the content shows; None for what is no scan."""
    return next((kind for kind, looks in _LOOKS.items() if looks(content)), None)
