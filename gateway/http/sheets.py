"""Reports as CSV (RFC 4180), for the spreadsheets of others."""

from collections.abc import Iterable, Sequence

from aiohttp import web

from crm_core.model.view import Json
from crm_core.rules import sheets
from gateway.http.consistency import HERE, ConsistencyQuery, worked_out
from gateway.http.routes import Ask, route

Cell = str | float | int | None


@route("GET", f"{HERE}/export", query=ConsistencyQuery, produces="text/csv")
async def consistency(ask: Ask, *, query: ConsistencyQuery) -> web.Response:
    """The consistency report as CSV: the finding, how it was worked out, then a line for each channel and measure."""
    found = await worked_out(ask, query)
    return sheet([*_about(found), [], _HEADS, *_lines(found)], name="consistency.csv")


def sheet(rows: Iterable[Sequence[Cell]], *, name: str) -> web.Response:
    """A file of these rows to be saved."""
    said = ([("" if cell is None else str(cell)) for cell in row] for row in rows)
    return web.Response(
        body="".join([sheets.MARK, *sheets.written(said)]).encode(),
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


_HEADS = (
    *("channel", "tickets", "measure", "of", "still waiting", "amount", "low", "high", "all channels"),
    *("range low", "range high", "p", "finding", "why"),
)


def _about(found: Json) -> list[list[Cell]]:
    told = [[words["headline"] + " " + words["lead"]] for words in found["finding"].values()]
    method = (
        f"Tickets opened {found['begins']} to {found['ends']}, as of {found['as_of']}. Times in seconds: medians with "
        "95 % intervals. Rank test of each channel against all others, Holm corrected; clear only under p = 0.05 and "
        f"outside the consistent range; under {found['fewest']} tickets too few to tell. Compared: {found['compare']}."
    )
    return [*told, [method]]


def _lines(found: Json) -> Iterable[list[Cell]]:
    for one in found["channels"]:
        for name, cell in one["measures"].items():
            numbers = [cell["of"], cell["waiting"], cell["amount"], *cell["interval"], cell["reference"]]
            yield [one["channel"], one["tickets"], name, *numbers, *cell["range"], cell["p"], cell["says"], cell["why"]]
        kept = one["promise"]
        line: list[Cell] = [one["channel"], one["tickets"], "first answer in promise", kept["of"], None, kept["share"]]
        yield [*line, *kept["interval"], found["owed"], None, None, None, kept["says"], ""]
