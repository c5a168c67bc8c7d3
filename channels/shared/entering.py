"""What staff enter for somebody: the same wire at the counter and for a letter (`shared/submission.py`), read alike."""

from channels.contract import Unreadable, Wire
from channels.shared import submission
from crm_core.model.address import Address
from crm_core.model.ids import ServiceId
from crm_core.model.message import File, Inbound

SHORTEST_ID = 16
"""Characters of an entry's id, which its screen makes: pressed twice, it is one."""


def inbound(wire: Wire, *, scheme: str) -> Inbound:
    """The words as they were entered; who says them the core knows. `scheme` names whoever gave no address."""
    try:
        form = submission.read(wire.body)
    except ValueError as why:
        raise Unreadable(f"The entry cannot be read: {why}.") from why
    if len(form.id) < SHORTEST_ID:
        raise Unreadable("The entry has no id.")
    return Inbound(
        external_id=f"entry:{form.id}",
        sender=Address(scheme, form.id),
        sender_name=form.name,
        text=form.text,
        subject=form.subject,
        files=tuple(File(file.name, file.type, file.content) for file in form.files),
        language=form.language,
        service=ServiceId(form.service) if form.service else None,
        answers={one.key: one.value or one.text for one in form.answers} or None,
    )
