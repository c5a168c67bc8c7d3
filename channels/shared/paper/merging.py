"""Several PDF of our own as one, to be printed in one go; and their pages as pictures for a screen."""

import base64
import io
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from channels.shared.paper import reading

SCREEN_DPI = 60


def merged(drawn: Sequence[bytes], *, apart: bool) -> bytes:
    """In their order. `apart`: each begins on a sheet of its own where both sides are printed, or two people would share one."""
    import pypdfium2

    with closing(pypdfium2.PdfDocument.new()) as whole:
        for one in drawn:
            with closing(pypdfium2.PdfDocument(one)) as document:
                width, height = document[0].get_size()
                whole.import_pages(document)
            if apart and len(drawn) > 1 and len(whole) % 2:
                whole.new_page(width, height)
        out = io.BytesIO()
        whole.save(out)
        return out.getvalue()


def shown(pdf: bytes, *, most: int) -> list[str]:
    """The first pages as PNG in base64, as a screen shows them beside the words."""
    return [_png(picture) for picture in reading.pictures(pdf, dpi=SCREEN_DPI, most=most)]


def _png(picture: Any) -> str:
    out = io.BytesIO()
    picture.quantize(8).save(out, "PNG", optimize=True)
    return base64.b64encode(out.getvalue()).decode("ascii")


def count(pdf: bytes) -> int:
    """How many pages there are."""
    import pypdfium2

    with closing(pypdfium2.PdfDocument(pdf)) as document:
        return len(document)
