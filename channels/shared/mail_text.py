"""In which script somebody wrote; what they quoted is told apart in `crm_core/model/said.py`."""

import re

_SCRIPTS = (
    ("ja", re.compile("[\u3041-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7a3\u1100-\u11ff]")),
    ("zh", re.compile("[\u4e00-\u9fff\u3400-\u4dbf]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("hi", re.compile("[\u0900-\u097f]")),
)
_LETTER = re.compile(r"[^\W\d_]")
_SAMPLE = 400
_NOT_LATIN = "\u0370"


def language_by_script(text: str) -> str | None:
    """The language a script tells without doubt, or None (Latin letters tell none).

    A third of the letters is enough: foreign names and addresses stand in every mail.
    """
    sample = text[:_SAMPLE]
    if not sample or max(sample) < _NOT_LATIN:
        return None
    letters = len(_LETTER.findall(sample))
    for language, script in _SCRIPTS:
        share = len(script.findall(sample))
        if share * (10 if language == "ja" else 3) >= letters > 0 and share >= 2:
            return language
    return None
