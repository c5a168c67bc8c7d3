"""Square codes (QR, ISO/IEC 18004) as dark squares to be drawn."""

from collections.abc import Iterator


def squares(text: str) -> tuple[int, list[tuple[int, int, int]]]:
    """How many squares a side has, and the dark ones as runs: column, row, length. Repairs a quarter of itself."""
    import segno

    code = segno.make(text, error="q", micro=False, boost_error=False)
    rows = [bytes(row) for row in code.matrix]
    return len(rows), [run for number, row in enumerate(rows) for run in _runs(row, number)]


def _runs(row: bytes, number: int) -> Iterator[tuple[int, int, int]]:
    start: int | None = None
    for column, dark in enumerate((*row, 0)):
        if dark and start is None:
            start = column
        elif not dark and start is not None:
            yield start, number, column - start
            start = None
