"""A real IMAP server with mailboxes: mail comes in by LMTP, as from the city's own mail server."""

from __future__ import annotations

import grp
import os
import pwd
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.peers.kept import ORDINARY_USER, Kept, answers, folder_for_server, free_port, give_away, need
from workshop.peers import DOVECOT

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2 oauthbearer
mail_location = maildir:{folder}/mail/%u
mail_max_userip_connections = 100
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/tokens.conf.ext
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp_port}
  }}
}}
"""

TOKENS = """
tokeninfo_url = http://127.0.0.1:{token_port}/token?good=
introspection_mode =
username_attribute = user
"""


@dataclass(frozen=True, slots=True)
class MailStore:
    """Every user exists, with the same password; `server.kill()` and `.start()` keep the mail.

    Whether a token is good it asks at `token_port`: 200 and `{"user": …}`.
    """

    server: Kept
    imap_port: int
    lmtp_port: int
    token_port: int
    password: str = "pw"

    def deliver(self, raw: bytes, *, to: str, sender: str = "citizen@example.org") -> None:
        """Put a mail into the mailbox of `to`."""
        with smtplib.LMTP("127.0.0.1", self.lmtp_port) as lmtp:
            lmtp.sendmail(sender, [to], raw)

    def files_of(self, user: str) -> Sequence[Path]:
        """What the mailbox holds on disk, in every folder and state."""
        box = self.server.folder / "mail" / user
        return sorted(path for state in ("new", "cur") for path in box.rglob(f"{state}/*"))


def launch() -> MailStore:
    folder = folder_for_server("dovecot")
    imap_port, lmtp_port, token_port = free_port(), free_port(), free_port()
    (folder / "tokens.conf.ext").write_text(TOKENS.format(token_port=token_port))
    store = MailStore(_server(folder, imap_port, lmtp_port), imap_port, lmtp_port, token_port)
    store.server.start()
    return store


def _server(folder: Path, imap_port: int, lmtp_port: int) -> Kept:
    account = pwd.getpwnam(ORDINARY_USER) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    (folder / "mail").mkdir()
    give_away(folder / "mail")
    configuration = folder / "dovecot.conf"
    configuration.write_text(
        CONFIGURATION.format(
            folder=folder,
            user=account.pw_name,
            group=grp.getgrgid(account.pw_gid).gr_name,
            uid=account.pw_uid,
            gid=account.pw_gid,
            password="pw",
            imap_port=imap_port,
            lmtp_port=lmtp_port,
        )
    )
    imap, lmtp = answers(imap_port), answers(lmtp_port)
    return Kept(folder, [need(DOVECOT), "-F", "-c", str(configuration)], ready=lambda: imap() and lmtp())
