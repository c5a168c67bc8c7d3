"""Service level and waits: each variant by its formula, of sums and never of percentages."""

from collections.abc import Mapping

from crm_core.model.board import Service, Variant


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


def percentile(waits: Mapping[int, int], share: float) -> int | None:
    """The smallest wait, in seconds, within which at least this share of them lies; None of none."""
    total, seen = sum(waits.values()), 0
    for seconds in sorted(waits):
        seen += waits[seconds]
        if seen >= share * total:
            return seconds
    return None
