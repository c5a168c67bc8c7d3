"""How it stands with the virus scanner, for admins."""

from datetime import datetime

from crm_core.model.view import Json, maybe_instant
from crm_core.queries import checks
from gateway.http import faces
from gateway.http.routes import API, Ask, route


class ScannerItem(faces.Face):
    """`set` tells whether files are looked into at all. `since` is set while it does not answer; files wait meanwhile."""

    set: bool
    heard_at: datetime | None
    since: datetime | None
    version: str
    signatures: datetime | None
    """When the signatures it knows were made; null where it does not say."""
    waiting: int
    """Files that wait for it, of the first 1,000."""


@route("GET", f"{API}/virus-scanner", answer=ScannerItem)
async def virus_scanner(ask: Ask) -> Json:
    """Whether the virus scanner answers, what it is, and how many files wait for it."""
    found = await ask.read(checks.standing)
    health = found.health
    return {
        "set": ask.house.settings.clamd is not None,
        "heard_at": maybe_instant(health.heard_at),
        "since": maybe_instant(health.since),
        "version": health.version,
        "signatures": maybe_instant(health.signatures),
        "waiting": found.waiting,
    }
