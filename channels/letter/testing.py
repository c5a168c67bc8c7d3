"""The test button: the folder is there and can be written, letters can be read, and one is printed and read back."""

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from channels.contract import Finding, Verdict
from channels.letter.settings import LetterSettings
from channels.shared.paper import fonts
from channels.shared.scans import looking

_NO_FOLDER = {
    "en": "No drop folder is set: scans are uploaded by hand.",
    "zh": "未设置扫描文件夹：扫描件由人工上传。",
}
_FOLDER = {"en": "The drop folder can be read and written.", "zh": "扫描文件夹可读写。"}
_FOLDER_FAILS = {
    "en": "The drop folder {folder} cannot be read and written: {why}.",
    "zh": "扫描文件夹 {folder} 无法读写：{why}。",
}
_READER = {"en": "Tesseract is here and reads {languages}.", "zh": "已安装 Tesseract，可识别 {languages}。"}
_NO_READER = {
    "en": "Tesseract is not here: scanned letters are filed without their words. On Debian: apt-get install tesseract-ocr tesseract-ocr-chi-sim.",
    "zh": "未安装 Tesseract：扫描的信件将不含文字。Debian：apt-get install tesseract-ocr tesseract-ocr-chi-sim。",
}
_NO_LANGUAGE = {
    "en": "Tesseract does not know {missing}. On Debian each is a package tesseract-ocr-….",
    "zh": "Tesseract 缺少 {missing}。Debian 中对应软件包为 tesseract-ocr-…。",
}
_HAN = {
    "en": "Fonts for English and Chinese letters are here.",
    "zh": "已安装英文和中文信件所需字体。",
}
_NO_HAN = {
    "en": f"No font with Chinese is installed: Chinese letters cannot be printed. Install {fonts.PACKAGES}.",
    "zh": f"未安装中文字体，无法打印中文信件。请安装 {fonts.PACKAGES}。",
}


async def test(settings: LetterSettings) -> Sequence[Finding]:
    """In order: the way in, the reader, the fonts."""
    return [await asyncio.to_thread(_folder, settings.drop), *await equipment(settings)]


async def equipment(settings: LetterSettings) -> Sequence[Finding]:
    """What of it is this machine's."""
    chinese = not await asyncio.to_thread(fonts.lacking, "信件")
    return [
        await reader(settings.languages),
        Finding("ready", Verdict.WELL if chinese else Verdict.ILL, _HAN if chinese else _NO_HAN),
    ]


async def reader(languages: str) -> Finding:
    """Whether Tesseract is here and knows the languages."""
    program = looking.reader()
    if program is None:
        return Finding("ready", Verdict.ILL, _NO_READER)
    child = await asyncio.create_subprocess_exec(
        program, "--list-langs", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    said, _ = await child.communicate()
    missing = [one for one in languages.split("+") if one not in said.decode("utf-8", "replace").split()]
    if missing:
        return Finding("ready", Verdict.ILL, _filled(_NO_LANGUAGE, missing=", ".join(missing)))
    return Finding("ready", Verdict.WELL, _filled(_READER, languages=languages.replace("+", ", ")))


def _folder(drop: str) -> Finding:
    if not drop:
        return Finding("ready", Verdict.WELL, _NO_FOLDER)
    try:
        with tempfile.NamedTemporaryFile(dir=Path(drop), prefix=".onestop-test-") as file:
            file.write(b"test")
        list(Path(drop).iterdir())
    except OSError as why:
        return Finding("ready", Verdict.ILL, _filled(_FOLDER_FAILS, folder=drop, why=why.strerror or str(why)))
    return Finding("ready", Verdict.WELL, _FOLDER)


def _filled(words: Mapping[str, str], **values: str) -> dict[str, str]:
    return {language: text.format(**values) for language, text in words.items()}
