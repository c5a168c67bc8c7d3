"""Everything about a person, fetched once: whoever clears up behind it never takes it from under them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from crm_core.actions import exporting, importing
from crm_core.model.ids import CustomerId, ExportId
from crm_core.model.privacy import Export, ExportState
from crm_core.queries import telling as parts_of
from gateway.telling import _words, place
from tests.gateway.http import things
from tests.gateway.http.site import Site
from tests.world import ADA, IMPORTER

ARCHIVE = b"PK all that is known"


def test_every_part_of_an_archive_has_a_heading_in_both_languages() -> None:
    assert [part for _, _, part in parts_of.parts() if len(_words().get(part, ())) != 2] == []


async def _waiting(site: Site) -> ExportId:
    """An archive that may be fetched."""
    whose, at = CustomerId(await things.make(site, "customer")), site.clock()
    ready = Export(ExportId("export-waiting"), whose, ADA, at, ExportState.READY, len(ARCHIVE), at + timedelta(days=1))
    await site.world.desk.do(IMPORTER, importing.import_values, [ready])
    path = place(site.settings.data_dir, ready.id)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(ARCHIVE)
    return ready.id


async def test_an_archive_is_fetched_once_and_is_gone_from_the_disk(small: Site) -> None:
    id = await _waiting(small)
    ada = await small.person(ADA)
    said = await ada.ask("POST", f"exports/{id}/fetches")
    assert (said.status, said.raw) == (200, ARCHIVE)
    assert not place(small.settings.data_dir, id).exists()
    assert (await ada.ask("POST", f"exports/{id}/fetches")).status == 410


async def test_an_archive_that_is_cleared_away_as_soon_as_it_counts_as_fetched_still_arrives(
    small: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    id, honest = await _waiting(small), exporting.fetch_export

    async def fetch_export(tx: Any, of: ExportId) -> Any:
        fetched = await honest(tx, of)
        place(small.settings.data_dir, of).unlink()  # the teller, at the very moment
        return fetched

    monkeypatch.setattr(exporting, "fetch_export", fetch_export)
    said = await (await small.person(ADA)).ask("POST", f"exports/{id}/fetches")
    assert (said.status, said.raw) == (200, ARCHIVE)


async def test_an_archive_that_is_missing_is_gone_and_says_so(small: Site) -> None:
    id = await _waiting(small)
    place(small.settings.data_dir, id).unlink()
    assert (await (await small.person(ADA)).ask("POST", f"exports/{id}/fetches")).status == 410
