"""Mails as people send them, made up and always the same: for benchmarks, not for correctness.

Where the maker of the shared corpus lies beside the checkout, it is used instead: our figures
are then for the same mails as those of other programs in PERFORMANCE.
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

TO = "support@bench.example"
SHARED = Path(__file__).parents[2] / "shared" / "bench" / "make_corpus.py"
FIRST_TIME = 0.6
"""The share of mails whose senders are new."""

_WORDS = (
    "the permit for my street ran out last week and nobody told me please look at the file again before it is due "
    "my neighbour parks across the gate every evening the lamp at the corner has been dark since Monday thank you "
    "I paid the fee twice the receipt is attached kindly refund the second payment to the same account"
).split()
_OTHER = {
    "utf-8": "Straße Übergang señor naïve façade œuvre Łódź Ørsted".split(),
    "gb18030": "居住证 办理 退款 停车 投诉 噪音 路灯 您好 谢谢".split(),
    "iso-2022-jp": "お世話になっております 申請 書類 確認 お願いします".split(),
    "iso-8859-1": "Rua Conceição número opção não está já também".split(),
}
_CHARSETS = (("us-ascii", 30), ("utf-8", 43), ("gb18030", 10), ("iso-2022-jp", 9), ("iso-8859-1", 8))


def mails(number: int, *, folder: Path) -> Iterator[bytes]:
    """`number` mails, each another message; the first three fifths are from new senders. `folder` is scratch."""
    base = _shared(min(number, 2000), folder=folder) if SHARED.exists() else _own(min(number, 2000))
    for index in range(number):
        lap, place = divmod(index, len(base))
        yield base[place] if lap == 0 else _again(base[place], lap, new=place < len(base) * FIRST_TIME)


def name() -> str:
    """Which corpus it is."""
    return "shared" if SHARED.exists() else "own"


def _again(mail: bytes, lap: int, *, new: bool) -> bytes:
    """Another message by another (or the same) sender, with the same words."""
    mail = re.sub(rb"(?im)^(Message-ID:\s*<)", rb"\g<1>%d." % lap, mail, count=1)
    return re.sub(rb"(?im)^(From:[^\r\n]*<)", rb"\g<1>%d." % lap, mail, count=1) if new else mail


def _shared(number: int, *, folder: Path) -> list[bytes]:
    rules = ["--new", str(number), "--replies", "0", "--seed", "7", "--to", TO]
    subprocess.run([sys.executable, str(SHARED), str(folder), *rules], check=True, stdout=subprocess.DEVNULL)
    return [path.read_bytes() for path in sorted((folder / "new").glob("*.eml"))]


def _own(number: int) -> list[bytes]:
    dice = random.Random(7)
    known = max(1, int(number * FIRST_TIME))
    return [
        _mail(index, sender=index if index < known else dice.randrange(known), dice=dice) for index in range(number)
    ]


def _mail(index: int, *, sender: int, dice: random.Random) -> bytes:
    charset = dice.choices([one for one, _ in _CHARSETS], [weight for _, weight in _CHARSETS])[0]
    words = [*_WORDS, *(_OTHER.get(charset, []) * 4)]
    text = "\r\n\r\n".join(
        " ".join(dice.choices(words, k=dice.randint(20, 60))) + "." for _ in range(dice.randint(2, 7))
    )
    mail = EmailMessage()
    mail["From"] = f"Sender {sender} <c{sender:05}@mail.example.org>"
    mail["To"] = TO
    mail["Subject"] = " ".join(dice.choices(words, k=6))
    mail["Date"] = f"Mon, 23 Nov 2026 {index // 3600 % 24:02}:{index // 60 % 60:02}:{index % 60:02} +0000"
    mail["Message-ID"] = f"<{index:06}.{dice.randrange(1 << 48):012x}@mail.example.org>"
    mail["Received"] = "from mail.example.org by mx.bench.example with ESMTPS; Mon, 23 Nov 2026 09:00:00 +0000"
    mail["DKIM-Signature"] = "v=1; a=rsa-sha256; d=example.org; s=one; b=" + " ".join(
        dice.randbytes(24).hex() for _ in range(5)
    )
    mail.set_content(text, charset=charset)
    if dice.random() < 0.84:
        paragraphs = "".join(f"<p style='font:11pt Calibri'>{one}</p>" for one in text.split("\r\n\r\n"))
        page = f"<html><head><style>p{{margin:0}}</style></head><body>{paragraphs}</body></html>"
        mail.add_alternative(page, subtype="html", charset=charset)
    if dice.random() < 0.126:
        content = dice.randbytes(dice.randint(4_000, 60_000))
        mail.add_attachment(content, maintype="application", subtype="pdf", filename=f"file-{index}.pdf")
    for depth, part in enumerate(part for part in mail.walk() if part.is_multipart()):
        part.set_boundary(f"=_bench-{index}-{depth}")
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
