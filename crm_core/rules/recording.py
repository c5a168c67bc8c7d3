"""Recording with consent: who was told, who was asked and what they said, and whether a talk may be recorded.

Only who was told or asked in words of ours before they were put through is recorded by itself. Callers hear them in
the greeting; whom we call hears, as soon as they answer, that the call is recorded, where it will be. Where callers are
asked, whom we call is asked by the agent, who says so by beginning to record. Who leaves a message after the tone
agrees by speaking.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from crm_core.model.call import Call, CallState, Recording, TapeConsent
from crm_core.model.errors import NotAllowedNow

TOLD: Mapping[Recording, TapeConsent | None] = MappingProxyType(
    {Recording.OFF: None, Recording.ANNOUNCED: TapeConsent.ANNOUNCED, Recording.ASKED: TapeConsent.ASKED}
)
"""How a caller stands to it who has heard the greeting, and said nothing yet."""

YES = "1"
_STILL_TOLD = frozenset({TapeConsent.ANNOUNCED, TapeConsent.ASKED})
_ALLOWS = frozenset({TapeConsent.ANNOUNCED, TapeConsent.AGREED, TapeConsent.ALOUD})


def answered(call: Call, *, pressed: str, at: datetime) -> Call:
    """They were asked, and pressed a key: one means yes, every other no. What they said first stands."""
    if call.consent is not TapeConsent.ASKED:
        return call
    return replace(call, consent=TapeConsent.AGREED if pressed == YES else TapeConsent.REFUSED, consent_at=at)


def unheard(call: Call) -> Call:
    """An answer of ours came too late: they may have heard nothing of it, and count as never told."""
    before = call.state in (CallState.ARRIVED, CallState.WAITING) and call.consent in _STILL_TOLD
    return replace(call, consent=None, consent_at=None) if before else call


def aloud(call: Call, *, at: datetime) -> Call:
    """Their agent begins to record, and answers for it that they agreed. Raises NotAllowedNow where they said no."""
    if call.consent is TapeConsent.REFUSED:
        raise NotAllowedNow("They do not want to be recorded.")
    return call if call.consent in _ALLOWS else replace(call, consent=TapeConsent.ALOUD, consent_at=at)


def begins(call: Call, *, recording: Recording) -> bool:
    """Whether a talk is recorded from its first word: as its inbox is set now, and as its caller stands to it."""
    return recording is not Recording.OFF and call.consent in _ALLOWS


def told_first(call: Call, *, recording: Recording) -> bool:
    """Whether whom we call hears first that the call is recorded: wherever it would be from its first word.

    Who keeps their place heard it when they called, but somebody else may answer now.
    """
    untold = recording is Recording.ANNOUNCED and call.consent is None
    return untold or begins(call, recording=recording)


def told(call: Call, *, at: datetime) -> Call:
    """They heard it now; what they said to it before stands."""
    if call.consent in (None, TapeConsent.ANNOUNCED):
        return replace(call, consent=TapeConsent.ANNOUNCED, consent_at=at)
    return call


def still_to_say(call: Call) -> Recording:
    """What they are told of it in the greeting, again in the language that they chose; nothing once they answered."""
    return next((one for one, stands in TOLD.items() if stands is call.consent), Recording.OFF)
