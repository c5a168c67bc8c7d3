"""What an admin decides about one mailroom."""

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import available_timezones

from crm_core.model.phone import is_country


@dataclass(frozen=True, slots=True)
class LetterSettings:
    """Settings of one mailroom.

    title: who we are, at the head of our letters; empty: the inbox's name. title_zh: the same in Chinese.
    sender: our postal address, its parts with ` · ` between them; it stands small above the window.
    country: by whose envelopes we fold (ISO 3166): `US` (#10) or any other (DIN 5008 and its kin, DL);
    telephone numbers in letters without a country code belong there, too.
    foot: what stands at the foot of the first page: telephone, hours; foot_zh: the same in Chinese.
    zone: in which day a letter is dated (such as `America/New_York`); empty: UTC.
    duplex: the printer prints both sides: each letter begins on a sheet of its own.
    drop: a folder of this machine into which a scanner writes; empty: none is watched.
    languages: in which letters are written, as Tesseract names them, with `+` between.
    backdating: how many days ago a letter may have come that is registered today.
    """

    title: str = ""
    title_zh: str = ""
    sender: str = ""
    country: str = "US"
    foot: str = ""
    foot_zh: str = ""
    zone: str = "UTC"
    duplex: bool = True
    drop: str = ""
    languages: str = "eng+chi_sim"
    backdating: int = 14

    def wrong(self) -> Iterator[str]:
        """What no envelope is from, and no day is of."""
        if not is_country(self.country):
            yield "country"
        if self.zone and self.zone not in available_timezones():
            yield "zone"
