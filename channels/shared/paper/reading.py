"""What stands on pages: the words of a PDF, and the codes on it. For tests of our own paper, and for what comes back.

What strangers sent is read in a process of its own only (`channels/shared/scans/`).
"""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

CODE_DPI = 200
"""Fine enough for a code of 20 mm that was printed, folded and scanned."""


def words(pdf: bytes, *, most: int) -> list[str]:
    """The words of each page, of the first `most`. Raises ValueError where it is no PDF that can be opened."""
    with closing(_opened(pdf)) as document:
        return [_text(document[number]) for number in range(min(most, len(document)))]


def pictures(pdf: bytes, *, dpi: int, most: int) -> Iterator[Any]:
    """Each page as a grey picture (PIL). Raises ValueError as `words`."""
    with closing(_opened(pdf)) as document:
        for number in range(min(most, len(document))):
            yield document[number].render(scale=dpi / 72, grayscale=True).to_pil()


def codes(picture: Any) -> list[str]:
    """What the square codes on a picture say."""
    import zxingcpp

    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.barcode_formats_from_str("QRCode"))
    return [code.text for code in found if code.valid and code.text]


def _opened(pdf: bytes) -> Any:
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as why:
        raise ValueError(f"no PDF that can be opened: {why}") from why


def _text(page: Any) -> str:
    with closing(page.get_textpage()) as text:
        return str(text.get_text_range()).replace("\r\n", "\n").replace("\x00", "")
