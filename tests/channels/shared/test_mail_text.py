"""What was said is told from what was quoted, in linear time, and nothing is ever lost."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.shared.mail_text import split_quoted

QUOTE = "\n> the old words\n> more of them\n"
ANNOUNCEMENTS = [
    "On Mon, 23 Nov 2026 at 09:12, Front Desk <hello@larkhaven.example> wrote:",
    "On Mon, 23 Nov 2026 at 09:12, Front Desk\n<hello@larkhaven.example> wrote:",
    "Am 23.11.2026 um 09:12 schrieb Front Desk:",
    "Le lun. 23 nov. 2026 à 09:12, Front Desk <hello@larkhaven.example> a écrit :",
    "El lun, 23 nov 2026 a las 9:12, Front Desk escribió:",
    "Il giorno lun 23 nov 2026 alle ore 09:12 Front Desk ha scritto:",
    "Em seg., 23 de nov. de 2026 às 09:12, Front Desk escreveu:",
    "Op ma 23 nov. 2026 om 09:12 schreef Front Desk:",
    "23.11.2026 09:12, Front Desk пишет:",
    "在 2026年11月23日，09:12，Front Desk <hello@larkhaven.example> 写道：",
    "Front Desk <hello@larkhaven.example> 于2026年11月23日周一 09:12写道：",
    "<hello@larkhaven.example> 於 2026年11月23日 週一 上午9:12寫道：",
    "2026年11月23日(月) 9:12 Front Desk <hello@larkhaven.example>のメール:",
    "-----Original Message-----",
    "-------- Ursprüngliche Nachricht --------",
    "------------------ 原始邮件 ------------------",
    "-----邮件原件-----\n发件人: Front Desk\n发送时间: 2026年11月23日\n收件人: Ana",
    "________________________________\nFrom: Front Desk\nSent: Monday\nTo: Ana\nSubject: Permit",
    "Von: Front Desk\nGesendet: Montag\nAn: Ana\nBetreff: Ausweis",
    "发件人： Front Desk\n发送时间： 2026年11月23日\n收件人： Ana\n主题： 停车证",
    "寄件者: Front Desk\n寄件日期: 2026年11月23日\n收件者: Ana\n主旨: 停車證",
    "",
]


@pytest.mark.parametrize("announced", ANNOUNCEMENTS)
def test_the_quotation_begins_where_it_is_announced(announced: str) -> None:
    said, quoted = split_quoted(f"Yes, thank you!\n\nAna\n\n{announced}\n{QUOTE}")
    assert said.startswith("Yes, thank you!\n\nAna")
    assert "old words" not in said
    assert "old words" in quoted


@pytest.mark.parametrize(
    "text",
    [
        "On Monday I wrote: nothing came.",
        "From: my point of view it is fine.\nThanks",
        "> only a quotation",
        "On Mon, Front Desk wrote:\n> Which street?\nElm Street.\n> Which number?\nSeven.",
        "Nothing quoted at all\n-- \nAna",
        "",
    ],
)
def test_what_is_no_quotation_was_said(text: str) -> None:
    assert split_quoted(text) == (text, "")


@given(st.text(st.sampled_from("aO n>\n-:写道wrote"), max_size=300))
def test_nothing_is_ever_lost(text: str) -> None:
    said, quoted = split_quoted(text)
    assert "".join((said + quoted).split()) == "".join(text.split())


HANGERS = {
    "On x x x": "On " + "x " * 500_000,
    "On On On": "On " * 330_000,
    "newlines": "\n" * 1_000_000 + "x",
    "on at": " on xxxx at yyyy" * 62_500,
    "brackets": ">" * 1_000_000,
    "bracket lines": ">\n" * 500_000,
    "dashes": "-" * 1_000_000,
    "from lines": "From: a\n" * 125_000,
    "underscores": "_" * 1_000_000,
    "underscore lines": "____\n" * 200_000,
    "blanks": " " * 1_000_000,
    "on lines": "On Monday\n" * 100_000,
}


@pytest.mark.parametrize("text", HANGERS.values(), ids=HANGERS.keys())
def test_what_hangs_other_parsers_takes_no_time(text: str) -> None:
    started = time.process_time()
    split_quoted(text)
    assert time.process_time() - started < 0.2
