"""Callers: what a call is as a contact, before anybody knows what it is about. They say nothing in writing."""

from collections.abc import Mapping
from types import MappingProxyType

from crm_core.model.address import Address
from crm_core.model.call import RECORD, Call
from crm_core.model.message import Inbound

SOMEBODY: Mapping[str, str] = MappingProxyType({"en": "Withheld number", "zh": "未显示号码"})
_TITLE: Mapping[str, str] = MappingProxyType({"en": "Phone call", "zh": "来电"})


def title(language: str) -> str:
    """What their ticket is called as long as nobody knows better. The console says it in its reader's language."""
    return _TITLE.get(language[:2], _TITLE["en"])


def contact_of(call: Call, *, language: str, said: str = "", later: bool = False) -> Inbound:
    """Who calls is filed under their number; who withholds it is nobody, and each time another nobody.

    `later`: nobody is on the line any more.
    """
    nobody = SOMEBODY.get(language[:2], SOMEBODY["en"])
    return Inbound(
        external_id=call.sid or call.id,
        sender=Address.phone(call.number) if call.number else Address("caller", call.id),
        sender_name=call.number or nobody,
        text=said,
        proven="carrier" if call.number else None,
        language=language,
        flags=(RECORD,),
        later=later,
    )
