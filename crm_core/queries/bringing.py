"""Tables that are, or were, brought in, and what became of their rows."""

import sqlalchemy as sa

from crm_core.model.bringing import Import, ImportRow
from crm_core.model.ids import ImportId
from crm_core.store.maps.codec import micros
from crm_core.store.tables import import_rows, imports
from crm_core.store.tx import Read

AT_ONCE = 500
_text = sa.Text
_NEWEST = sa.select(imports).order_by(imports.c.id.desc()).limit(20)
_RUNNING = sa.select(imports).where(imports.c.state == "running").order_by(imports.c.id).limit(1)
_FORGOTTEN = sa.select(imports.c.id).where(
    imports.c.state == "draft", imports.c.at < sa.bindparam("before", type_=sa.BigInteger)
)
_ROWS = (
    sa.select(import_rows)
    .where(
        import_rows.c.of == sa.bindparam("of", type_=_text),
        import_rows.c.line > sa.bindparam("after", type_=sa.BigInteger),
    )
    .order_by(import_rows.c.line)
    .limit(AT_ONCE)
)


async def newest(read: Read) -> list[Import]:
    """The newest, whatever became of them."""
    await read.permit(to="imports")
    return await read.values(Import, _NEWEST)


async def one(read: Read, id: ImportId) -> Import:
    """One of them. Raises NotFound."""
    await read.permit(to="imports")
    return await read.get(Import, id)


async def running(read: Read) -> Import | None:
    """The oldest that is under way."""
    await read.permit(to="import")
    return await read.value(Import, _RUNNING)


async def left_lying(read: Read, *, before: float) -> list[ImportId]:
    """Drafts of so many seconds ago that nobody ran: their content is somebody's words."""
    await read.permit(to="forget")
    cut = micros(read.now) - int(before * 1_000_000)
    return [ImportId(row[0]) for row in await read.all(_FORGOTTEN, before=cut)]


async def report(read: Read, id: ImportId, *, after: int) -> list[ImportRow]:
    """What became of the next rows."""
    await read.permit(to="imports")
    return await read.values(ImportRow, _ROWS, of=id, after=after)
