"""What the pages say, in each language: one catalogue, typed, so that no page can miss a word."""

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from gateway.http.languages import LANGUAGES

HTML_LANGUAGE = {"en": "en", "zh": "zh-Hans"}
_FOLDER = Path(__file__).with_name("words")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """All that the portal says in one language; `{…}` in a text is filled in with `str.format`."""

    own_name: str
    skip: str
    main_menu: str
    services: str
    ask: str
    error_title: str

    question: str
    lead: str
    search: str
    search_label: str
    search_example: str
    found_one: str
    found_many: str
    found_none: str
    found_nothing: str
    found_answers: str
    search_title: str
    used_most: str
    first_services: str
    all_services: str
    all_title: str
    ask_title: str
    ask_answered: str
    ask_answered_plain: str
    ask_example: str
    ask_next: str
    continue_: str
    other_doors: str
    open_until: str
    open_always: str
    opens: str
    email_us: str
    call_us: str
    text_us: str

    cost: str
    form_takes: str
    answer_in: str
    done_in: str
    ready: str
    start: str
    other_ways: str
    same: str
    not_sure: str
    not_sure_text: str
    paused: str
    steps: str
    hours: str
    hours_always: str
    by_event: str
    all_else: str
    known: str
    asked_often: str
    also_told: str
    to_service: str
    did_help: str
    rated: str
    known_until: str

    back: str
    page_of: str
    problem: str
    optional: str
    yes: str
    no: str
    year: str
    month: str
    day: str
    date_help: str
    file_help: str
    file_kept: str
    file_remove: str
    remove: str
    because: str
    one_more: str
    kept_for: str
    forget: str
    own_words: str
    your_name: str
    your_name_help: str
    your_email: str
    your_phone: str
    your_way: str
    your_way_help: str

    check: str
    check_lead: str
    change: str
    change_what: str
    none: str
    send: str
    leave_empty: str

    need_answer: str
    need_choice: str
    need_file: str
    need_way: str
    bad_email: str
    bad_phone: str
    bad_number: str
    bad_date: str
    too_long: str
    file_big: str
    file_many: str
    file_kind: str
    file_empty: str
    file_full: str
    files_big: str
    too_quick: str
    was_filled: str
    too_old: str

    done_title: str
    done_number: str
    next: str
    next_by: str
    next_soon: str
    next_email: str
    next_phone: str
    next_confirm: str
    code_lately: str
    next_nothing: str
    keep_number: str
    another: str

    lost_title: str
    lost_text: str
    gone_title: str
    gone_text: str
    again: str
    often_title: str
    often_text: str
    heavy_title: str
    heavy_text: str
    trouble_title: str
    trouble_text: str
    full_title: str
    full_text: str
    fault_title: str
    fault_text: str
    hurry_title: str
    hurry_text: str
    foreign_title: str
    foreign_text: str

    track: str
    track_title: str
    track_lead: str
    track_number: str
    track_number_help: str
    track_way: str
    track_way_help: str
    track_send: str
    track_bad_number: str
    track_bad_way: str
    code_title: str
    code_lead: str
    code_label: str
    code_wrong: str
    code_again: str
    your_request: str
    messages: str
    no_messages: str
    write_label: str
    write_send: str
    write_empty: str
    you_wrote: str
    we_wrote: str
    step_got: str
    step_work: str
    step_wait: str
    step_done: str
    promised_by: str
    promised_done: str
    answer_us: str
    answer_us_text: str
    leave: str
    link_title: str
    link_text: str
    link_wrong_title: str
    link_wrong_text: str

    files_title: str
    files_until: str
    files_gone_title: str
    files_gone_text: str
    prove_title: str
    prove_text: str

    feedback_about: str
    feedback_comment: str
    feedback_comment_help: str
    feedback_choose: str
    feedback_long: str
    feedback_thanks: str
    feedback_change: str
    feedback_until: str
    feedback_gone_title: str
    feedback_gone_text: str


KEYS = tuple(field.name for field in fields(Words))


@cache
def words_in(language: str) -> Words:
    """The catalogue of a language. Raises TypeError at once where a key is missing or unknown."""
    page = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    return Words(**{"continue_" if key == "continue" else key: text for key, text in page.items()})


def by_language(key: str) -> dict[str, str]:
    """One text in every language, as the catalogue of services has its own."""
    return {language: getattr(words_in(language), key) for language in LANGUAGES}
