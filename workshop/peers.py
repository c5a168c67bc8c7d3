"""The real programs that tests speak to, the font they print in, and how a machine gets them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SBIN = "/usr/local/sbin:/usr/sbin:/sbin"
NO_SERVICES = Path("/usr/sbin/policy-rc.d")


@dataclass(frozen=True, slots=True)
class Peer:
    """One program: the names it may have, or the folders it may be in, and Debian's packages that bring it.

    What is no program is found by a file of its own (`file`, a pattern below /).
    """

    name: str
    programs: tuple[str, ...]
    packages: tuple[str, ...]
    folders: str = ""
    file: str = ""

    def find(self) -> str | None:
        if self.file:
            return next(map(str, sorted(Path("/").glob(self.file))), None)
        path = os.pathsep.join([*map(str, self.own_folders()), os.environ.get("PATH", ""), SBIN])
        found = (shutil.which(program, path=path) for program in self.programs)
        return next((program for program in found if program), None)

    def own_folders(self) -> list[Path]:
        """The newest version first."""
        if not self.folders:
            return []
        return sorted(Path("/").glob(self.folders), key=lambda path: float(path.parent.name), reverse=True)


POSTGRES = Peer("PostgreSQL", ("postgres",), ("postgresql",), folders="usr/lib/postgresql/*/bin")
REDIS = Peer("Redis", ("redis-server", "valkey-server"), ("redis-server",))
DOVECOT = Peer("Dovecot", ("dovecot",), ("dovecot-imapd", "dovecot-lmtpd"))
CHROMIUM = Peer(
    "Chromium",
    # Without its windows it is the same engine at half the processor time; the others will do.
    ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"),
    ("chromium-headless-shell",),
)
SWAKS = Peer("swaks", ("swaks",), ("swaks",))
SMTP_SOURCE = Peer("smtp-source", ("smtp-source",), ("postfix",))
STRACE = Peer("strace", ("strace",), ("strace",))
TESSERACT = Peer("Tesseract", ("tesseract",), ("tesseract-ocr", "tesseract-ocr-chi-sim"))
CLAMD = Peer("clamd", ("clamd",), ("clamav-daemon",))
HAN = Peer("Chinese font", (), ("fonts-noto-cjk",), file="usr/share/fonts/**/NotoSansCJK-Regular.ttc")
ALL = (POSTGRES, REDIS, DOVECOT, CHROMIUM, SWAKS, SMTP_SOURCE, STRACE, TESSERACT, CLAMD, HAN)


def ensure(peers: Sequence[Peer] = ALL) -> None:
    """Install what is missing where we may, and say which program each peer is; a missing one ends the run."""
    missing = [peer for peer in peers if not peer.find()]
    if missing and can_install():
        install([package for peer in missing for package in peer.packages])
        missing = [peer for peer in peers if not peer.find()]
    for peer in peers:
        say(f"{peer.name:12} {peer.find() or 'MISSING'}")
    if missing:
        packages = " ".join(package for peer in missing for package in peer.packages)
        raise SystemExit(f"onestop: tests need these; as root: apt-get install --no-install-recommends {packages}")


def can_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(packages: Sequence[str]) -> None:
    """Only the programs: no service of theirs is started, and nothing is asked."""
    say("installing " + " ".join(packages))
    options = ["-y", "-q", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"]
    with no_services():
        if not apt("install", *options, *packages):
            apt("update", "-q")
            apt("install", *options, *packages)


def apt(*arguments: str) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        ["apt-get", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.stderr.write("".join(done.stdout.splitlines(keepends=True)[-20:]))
    return done.returncode == 0


@contextmanager
def no_services() -> Iterator[None]:
    """Debian starts a server when it is installed, unless this file says no."""
    if NO_SERVICES.exists():
        yield
        return
    NO_SERVICES.write_text("#!/bin/sh\nexit 101\n")
    NO_SERVICES.chmod(0o755)
    try:
        yield
    finally:
        NO_SERVICES.unlink()


def say(words: str) -> None:
    print("onestop: " + words, file=sys.stderr, flush=True)
