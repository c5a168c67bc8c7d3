"""Service level and waits: each variant by its formula, of sums and never of percentages."""

from collections.abc import Mapping

from crm_core.model.board import Service, Variant

_FINE = 10**9
"""Shares are counted as so many people: fine enough for any figure that is shown."""


def fraction(service: Service, *, variant: Variant) -> tuple[int, int]:
    """Numerator and denominator. Who still waits past the limit is in the denominator already, whatever the variant."""
    answered, left, early, overdue = service.answered, service.left, service.left_early, service.overdue
    met = service.met
    match variant:
        case Variant.SL1:
            return met + early, answered + left + overdue
        case Variant.SL2:
            return met, answered + overdue
        case Variant.SL3:
            return met, answered + left + overdue
        case Variant.SL4:
            return met, answered + left - early + overdue
        case Variant.SL5:
            return met + service.left_short, answered + left + overdue


def share(*, met: float, gives_up: float, early: float, short: float, variant: Variant) -> float:
    """The same of shares of all who come, as formulas tell them; 1 where nobody counts."""
    parts = Service(*(round(part * _FINE) for part in (1 - gives_up, met, gives_up, early, short)))
    kept, of = fraction(parts, variant=variant)
    return kept / of if of > 0 else 1.0


def percentile(waits: Mapping[int, int], share: float) -> int | None:
    """The smallest wait, in seconds, within which at least this share of them lies; None of none."""
    total, seen = sum(waits.values()), 0
    for seconds in sorted(waits):
        seen += waits[seconds]
        if seen >= share * total:
            return seconds
    return None
