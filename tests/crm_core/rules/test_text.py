import time
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.rules import text
from tests.crm_core.rules.made import PATIENT


def found(wanted: str, *, within: str) -> bool:
    """As both databases search: every term of the query is one of the text's."""
    terms = text.query(wanted)
    return bool(terms) and set(terms) <= set(text.tokens(within))


@pytest.mark.parametrize(
    ("wanted", "within"),
    [
        ("lamp", "The LAMP is out."),
        ("muller", "Herr Müller"),
        ("MÜLLER", "Herr Muller"),
        ("hauptstrasse", "Hauptstraße 5"),
        ("orsted", "Ørsted"),
        ("cafe", "cafe\u0301"),
        ("привет", "ПРИВЕТ, мир"),
        ("Αθηνα", "Αθήνα"),
        ("路灯", "我家门前的路灯坏了"),
        ("路燈", "我家门前的路灯坏了"),
        ("路灯", "我家門前的路燈壞了"),
        ("坏", "我家門前的路燈壞了"),
        ("台湾", "臺灣"),
        ("税", "房產稅怎麼交？"),
        ("東京", "東京タワー"),
        ("データ", "ﾃﾞｰﾀを送る"),
        ("한국", "한국어로"),
        ("กรุง", "กรุงเทพมหานคร"),
        ("हिन्दी", "मुझे हिन्दी आती है"),
        ("on-4f7k-2931", "About ON-4F7K-2931:"),
        ("fine", "ﬁne"),
        ("1２３", "１23"),
        ("مرحبا", "مَرْحَبًا"),
        ("ana@example.org", "write to Ana@Example.ORG please"),
        ("a型", "血型是Ａ型"),
    ],
)
def test_what_people_mean_is_found(wanted: str, within: str) -> None:
    assert found(wanted, within=within)


@pytest.mark.parametrize(
    ("wanted", "within"),
    [("灯路", "路灯"), ("lam", "lamp"), ("か", "が"), ("路灯坏", "路灯好"), ("", "x"), ("!?", "!?")],
)
def test_what_they_do_not_mean_is_not(wanted: str, within: str) -> None:
    assert not found(wanted, within=within)


def test_unspaced_scripts_give_signs_and_pairs_and_the_others_words() -> None:
    assert text.tokens("Lampe 路灯坏") == ["lampe", "路", "灯", "坏", "路灯", "灯坏"]


def test_a_query_asks_for_each_term_once_and_for_not_too_many() -> None:
    assert text.query("路灯路灯 lamp Lamp") == ["路灯", "灯路", "lamp"]
    assert len(text.query("a1 " * 500 + " ".join(f"w{number}" for number in range(500)))) <= text.MOST_TERMS


@PATIENT
@given(st.text(max_size=300) | st.text("aé\u0301がか\u3099燈灯ßø한\u11a8ﾃﾞ １", max_size=40))
def test_folding_leaves_out_only_steps_that_would_change_nothing(words: str) -> None:
    folded = unicodedata.normalize("NFKC", words).casefold()
    bare = text._ACCENT.sub("", unicodedata.normalize("NFD", folded))
    assert text.fold(words) == unicodedata.normalize("NFKC", bare).translate(text._FOLDED)


@given(st.text(max_size=300))
def test_every_run_of_a_text_finds_the_text(words: str) -> None:
    assert set(text.query(words)) <= set(text.tokens(words))


@PATIENT
@given(st.text("一丁七万丈三上下不与路灯坏了", min_size=2, max_size=40))
def test_every_chinese_word_of_two_signs_is_found_wherever_it_stands(words: str) -> None:
    for one, other in pairwise(words):
        assert found(one + other, within=f"x{words}y")


@PATIENT
@given(st.text(max_size=300))
def test_folding_twice_is_folding_once(words: str) -> None:
    once = text.fold(words)
    assert text.tokens(once) == text.tokens(words)


@PATIENT
@given(st.text(max_size=500))
def test_tokens_are_short_and_never_empty(words: str) -> None:
    for token in text.tokens(words):
        assert 0 < len(token) <= text.LONGEST_WORD


def test_all_of_the_common_traditional_signs_are_folded() -> None:
    traditional = "國學會來時對說這個們為無與電話門車長開關聽讀寫書買賣錢銀醫藥處辦證續費稅區縣鄉鎮樓號單雙萬億"
    simplified = "国学会来时对说这个们为无与电话门车长开关听读写书买卖钱银医药处办证续费税区县乡镇楼号单双万亿"
    assert text.fold(traditional) == simplified


@pytest.mark.parametrize(
    "nasty",
    [
        "On " + "x " * 500_000,
        "On " * 330_000,
        "\n" * 1_000_000,
        ">" * 1_000_000,
        "-" * 1_000_000,
        "路" * 300_000,
        "é" * 500_000,
        "e" + "\u0301" * 500_000,
        " on xxxx at yyyy" * 60_000,
        "From: a\n" * 120_000,
        "Re: " * 250_000,
        "_*-" * 300_000,
    ],
    ids=lambda nasty: f"{nasty[:8]!r}",
)
def test_a_megabyte_of_anything_takes_linear_time(nasty: str) -> None:
    began = time.thread_time()
    text.snippet(nasty)
    text.subject(nasty, said=nasty)
    text.language(nasty)
    text.query(nasty)
    assert time.thread_time() - began < 0.5
    began = time.thread_time()
    text.tokens(nasty)
    assert time.thread_time() - began < 3


# --- what lists show --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Hello,\n\n  the lamp is out.\r\n", "Hello, the lamp is out."),
        ("Yes.\n> Is it out?\n> > Maybe", "Yes."),
        ("Yes.\n\nOn Mon, 23 Nov 2026 at 10:00, City <hello@larkhaven.example> wrote:\n> Is it out?", "Yes."),
        ("Yes.\nOn Mon, 23 Nov 2026, City <hello@larkhaven.example>\nwrote:\n> Is it out?", "Yes."),
        ("好的\n在 2026年11月23日，市政府写道：\n> 路灯坏了吗", "好的"),
        ("Ja.\nAm 23.11.2026 um 10:00 schrieb Stadt:\n> Und?", "Ja."),
        ("Yes.\n-----Original Message-----\nFrom: City", "Yes."),
        ("Yes.\n________________________________\nFrom: City\nSent: Monday", "Yes."),
        ("Yes.\nFrom: City <x@y.example>\nSent: Monday", "Yes."),
        ("Yes.\n--\nAna\nCitizen", "Yes."),
        ("> only a quote", "> only a quote"),
        ("From: where I stand it is dark.", "From: where I stand it is dark."),
        ("On Monday it went out.", "On Monday it went out."),
        ("", ""),
        (" \n\t", ""),
        ("pay\u202egpj.exe", "pay gpj.exe"),
    ],
)
def test_a_snippet_is_the_first_of_their_own_words_on_one_line(said: str, shown: str) -> None:
    assert text.snippet(said) == shown


def test_a_long_message_is_cut_at_a_word() -> None:
    cut = text.snippet("lamp " * 100)
    assert cut.endswith("lamp…")
    assert len(cut) <= text.SNIPPET_LENGTH


@PATIENT
@given(st.text(max_size=600))
def test_a_snippet_is_always_one_short_line(said: str) -> None:
    shown = text.snippet(said)
    assert len(shown) <= text.SNIPPET_LENGTH
    assert "\n" not in shown
    assert shown == " ".join(shown.split())


@pytest.mark.parametrize(
    ("given", "said", "subject"),
    [
        ("Lamp out", "x", "Lamp out"),
        ("Re: AW: Fwd: Lamp out", "x", "Lamp out"),
        ("RE[2]: Lamp", "x", "Lamp"),
        ("回复：路灯", "x", "路灯"),
        ("Regarding the lamp", "x", "Regarding the lamp"),
        ("", "The lamp is out.\nPlease help.", "The lamp is out."),
        ("Re: ", "\n\n> quoted\nNew words", "> quoted"),
        (" a\r\n b", "x", "a b"),
        ("", "", ""),
    ],
)
def test_a_subject_is_what_they_gave_or_their_first_words(given: str, said: str, subject: str) -> None:
    assert text.subject(given, said=said) == subject


# --- which language -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("我家门前的路灯坏了", "zh"),
        ("路灯坏了 Main Street 5", "zh"),
        ("道路が壊れています", "ja"),
        ("東京都庁", "zh"),
        ("カタカナ", "ja"),
        ("가로등이 고장났어요", "ko"),
        ("Фонарь не горит", "ru"),
        ("Ліхтар не світить", "uk"),
        ("مصباح الشارع معطل", "ar"),
        ("چراغ خیابان خاموش است", "fa"),
        ("Η λάμπα δεν ανάβει", "el"),
        ("הפנס לא עובד", "he"),
        ("बत्ती बंद है", "hi"),
        ("ไฟถนนดับ", "th"),
        ("The lamp is out", None),
        ("A lâmpada está apagada", None),
        ("My name is 王小明 and I live in Larkhaven, near the old mill", None),
        ("", None),
        ("123 !?", None),
    ],
)
def test_a_script_gives_its_language_away_where_only_one_uses_it(words: str, language: str | None) -> None:
    assert text.language(words) == language
