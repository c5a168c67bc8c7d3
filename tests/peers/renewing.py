"""Databases that are used again: cloning one costs a third of a second of processor time, renewing one a twentieth of it.

A renewed database is what its template is: the same tables, rows, sequences, and nobody connected. One that is not
(a test changed the schema, or how the database is set) is dropped, and so is one that was used many times.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tests.peers.postgres import Postgres

OFTEN = 40
"""Emptying a table leaves a little rubbish in the catalogue: after so many times a new clone is quicker."""
PREPARE = Path(__file__).with_name("renewing.sql")


@dataclass
class Lent:
    """The databases of one worker, cloned from one template."""

    postgres: Postgres
    template: str
    _free: list[str] = field(default_factory=list)
    _used: dict[str, int] = field(default_factory=dict)

    def lend(self) -> str:
        """The address of a database that is as the template."""
        if self._free:
            return self._free.pop()
        url = self.postgres.fresh(self.template)
        self.postgres.sql(PREPARE.read_text(encoding="utf-8"), database=_name(url))
        self._used[url] = 0
        return url

    def take_back(self, url: str) -> None:
        """Renew it for the next one; whoever is still connected is cut off."""
        self._used[url] += 1
        if self._used[url] < OFTEN and self.postgres.sql("SELECT as_built.renew()", database=_name(url)) == "t":
            self._free.append(url)
        else:
            self.postgres.drop(url)


def _name(url: str) -> str:
    return url.rpartition("/")[2]
