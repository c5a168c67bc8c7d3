"""What the virus scanner said, and what follows: files open or stay shut, and answers that waited for it go or come back.

A verdict is about a content; each file that waited for it is settled on its own, a few in one transaction.
"""

from dataclasses import replace

import sqlalchemy as sa

from crm_core.actions import housekeeping
from crm_core.model.check import Check, Health, Judged, Verdict
from crm_core.model.errors import NotAllowedNow, NotFound
from crm_core.model.event_checks import FileBlocked, FileChecked, FileReleased, ScannerMoved, UploadChecked
from crm_core.model.ids import AgentId, FileId
from crm_core.model.message import Attachment, Delivery, Message
from crm_core.model.ticket import Ticket
from crm_core.rules import checking
from crm_core.store import checked
from crm_core.store.checked import HEALTH, verdicts_of
from crm_core.store.maps.codec import micros
from crm_core.store.tables import files, unchecked, verdicts
from crm_core.store.tx import Row, Tx

AT_ONCE = 20
_text, _big = sa.Text, sa.BigInteger
_digest = sa.bindparam("key_digest", type_=_text)
_JUDGED = (
    sa.update(verdicts)
    .where(verdicts.c.digest == _digest)
    .values(
        judged=sa.bindparam("new_judged", type_=_text),
        found=sa.bindparam("new_found", type_=_text),
        version=sa.bindparam("new_version", type_=_text),
        at=sa.bindparam("new_at", type_=_big),
    )
)
_LATER = (
    sa.update(unchecked)
    .where(unchecked.c.digest == _digest)
    .values(due_at=sa.bindparam("new_due", type_=_big), tries=sa.bindparam("new_tries", type_=_big))
)
_WAITING = (
    sa.select(unchecked.c.file)
    .where(unchecked.c.digest == sa.bindparam("digest", type_=_text))
    .order_by(unchecked.c.file)
    .limit(AT_ONCE)
)
_SOME = sa.select(unchecked.c.file).order_by(unchecked.c.due_at, unchecked.c.file).limit(AT_ONCE)
_SETTLED = sa.delete(unchecked).where(unchecked.c.file == sa.bindparam("key_file", type_=_text))
_FILE = sa.select(files).where(files.c.id == sa.bindparam("id", type_=_text))
_ALL_OF_IT = (
    sa.select(files.c.id)
    .where(
        files.c.digest == sa.bindparam("digest", type_=_text),
        ~sa.exists().where(unchecked.c.file == files.c.id),
    )
    .order_by(files.c.id)
)


async def keep_verdict(tx: Tx, verdict: Verdict, *, version: str) -> None:
    """The scanner answered about a content; `version` is what it says of itself.

    What is blocked is blocked wherever it stands, also where it came before scanning was switched on.
    """
    await tx.permit(to="examine")
    known = (await verdicts_of(tx, [verdict.digest])).get(verdict.digest)
    if known is None or known.judged is not Judged.RELEASED:
        await _know(tx, verdict, version=version)
    if verdict.judged is Judged.BLOCKED:
        await _all_wait(tx, verdict.digest)


async def settle(tx: Tx, digest: str) -> int:
    """Some of the files that wait for what is known of this content now; how many. None is left when it is none."""
    await tx.permit(to="examine")
    verdict = (await verdicts_of(tx, [digest])).get(digest)
    waiting = [FileId(row[0]) for row in await tx.all(_WAITING, digest=digest)]
    for file in waiting:
        await _settle_one(tx, file, verdict)
    return len(waiting)


async def let_all(tx: Tx) -> int:
    """Nobody looks into files here any more: some of those that wait stand open as before; how many."""
    await tx.permit(to="examine")
    waiting = [FileId(row[0]) for row in await tx.all(_SOME)]
    for file in waiting:
        await _settle_one(tx, file, None)
    return len(waiting)


async def look_later(tx: Tx, digest: str, *, tries: int) -> None:
    """The scanner did not answer about this content; it is asked again, each time later."""
    await tx.permit(to="examine")
    due = checking.next_look(tries, at=tx.now)
    await tx.change(_LATER, key_digest=digest, new_due=micros(due), new_tries=tries + 1)


async def note_scanner(tx: Tx, health: Health, *, was: Health) -> None:
    """How it stands with the scanner; told where that it answers, or does not, is news."""
    await tx.permit(to="examine")
    await housekeeping.keep_setting(tx, HEALTH, value=checked.written(health))
    if (health.since is None) != (was.since is None) or health.version != was.version:
        tx.emit(ScannerMoved(health=health))


async def release(tx: Tx, id: FileId) -> Attachment:
    """An admin answers for a content that is blocked, or that the scanner does not get through; it opens everywhere."""
    await tx.permit(to="release")
    row = await tx.one(_FILE, id=id)
    if row is None or row["message"] is None:
        raise NotFound
    await tx.ticket(row["ticket"], to="release")
    message = await tx.get(Message, row["message"])
    file = next((one for one in message.attachments if one.id == id), None)
    if file is None or file.check is None:
        raise NotAllowedNow("This file is open already.")
    verdict = Verdict(file.digest, Judged.RELEASED, file.found)
    await _know(tx, verdict, version="")
    await _all_wait(tx, file.digest)
    await tx.change(_SETTLED, key_file=id)
    opened, saved = await _stands(tx, message, file, verdict)
    ticket, early = await tx.get(Ticket, message.ticket), file.check is Check.CHECKING
    tx.emit(
        FileReleased(ticket=ticket, message=message.id, version=saved.version, file=opened, had=file.found, early=early)
    )
    return opened


async def _know(tx: Tx, verdict: Verdict, *, version: str) -> None:
    new = {"new_judged": verdict.judged, "new_found": verdict.found, "new_version": version, "new_at": micros(tx.now)}
    if not await tx.change(_JUDGED, key_digest=verdict.digest, **new):
        tx.insert(
            verdicts,
            digest=verdict.digest,
            judged=verdict.judged,
            found=verdict.found,
            version=version,
            at=micros(tx.now),
        )


async def _all_wait(tx: Tx, digest: str) -> None:
    """Every file of this content is to be settled anew, also those that show something else by now."""
    await tx.change(_LATER, key_digest=digest, new_due=micros(tx.now), new_tries=0)
    for row in await tx.all(_ALL_OF_IT, digest=digest):
        tx.insert(unchecked, file=row[0], digest=digest, due_at=micros(tx.now), tries=0)


async def _settle_one(tx: Tx, id: FileId, verdict: Verdict | None) -> None:
    """One file shows what is known. Its row goes first: whoever binds it to a message meanwhile holds that row."""
    if not await tx.change(_SETTLED, key_file=id):
        return
    row = await tx.one(_FILE, id=id)
    if row is None:
        return
    if row["message"] is None:
        _tell_owner(tx, row, verdict)
        return
    message = await tx.find(Message, row["message"])
    if message is None:
        return
    file = next((one for one in message.attachments if one.id == id), None)
    if file is None:  # a picture that was fetched stands in no message's list, and is drawn where its body is
        came = Attachment(id, row["name"], row["type"], row["size"], row["digest"], check=Check.CHECKING)
        await _tell_of(tx, message, checking.marked(came, verdict, waits=False))
        return
    now, saved = await _stands(tx, message, file, verdict)
    if now != file:
        await _tell_of(tx, saved, now)


async def _tell_of(tx: Tx, message: Message, file: Attachment) -> None:
    kind = FileBlocked if file.check is Check.BLOCKED else FileChecked
    tx.emit(kind(ticket=await tx.get(Ticket, message.ticket), message=message.id, version=message.version, file=file))


def _tell_owner(tx: Tx, row: Row, verdict: Verdict | None) -> None:
    held = checking.bar(verdict, waits=False)
    found = verdict.found if verdict is not None and held else None
    if row["owner"] is not None:
        tx.emit(UploadChecked(owner=AgentId(row["owner"]), file=FileId(row["id"]), check=held, found=found))


async def _stands(tx: Tx, message: Message, file: Attachment, verdict: Verdict | None) -> tuple[Attachment, Message]:
    """The file and its message as they stand now; an answer that waited for this goes to its sender again."""
    now = checking.marked(file, verdict, waits=False)
    if now == file:
        return now, message
    attachments = tuple(now if one.id == file.id else one for one in message.attachments)
    in_hand = message.delivery is Delivery.SENDING  # its sender knows it by its version
    changed = replace(message, attachments=attachments, version=message.version + (not in_hand))
    if message.delivery_reason == checking.CHECKING and message.delivery in (Delivery.QUEUED, Delivery.SCHEDULED):
        changed = replace(changed, send_at=tx.now)
    return now, await tx.save(changed)
