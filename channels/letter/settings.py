"""What an admin decides about one mailroom."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LetterSettings:
    """Settings of one mailroom.

    title: who we are, at the head of our letters; empty: the inbox's name. title_zh: the same in Chinese.
    sender: our postal address, its parts with ` · ` between them; it stands small above the window.
    country: by whose envelopes we fold (ISO 3166): `US` (#10) or any other (DIN 5008 and its kin, DL);
    telephone numbers in letters without a country code belong there, too.
    foot: what stands at the foot of the first page: telephone, hours; foot_zh: the same in Chinese.
    zone: in which day a letter is dated (such as `America/New_York`).
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
