"""A file is what its content shows, whatever its name says."""

from __future__ import annotations

import pytest

from gateway.http.uploads import clean_name, recognise

PNG = b"\x89PNG\r\n\x1a\n...."
DOCX = b"PK\x03\x04....[Content_Types].xml....word/document.xml"


@pytest.mark.parametrize(
    ("name", "content", "kept"),
    [
        ("a.png", PNG, ("image/png", "a.png")),
        ("A.PNG", PNG, ("image/png", "A.PNG")),
        ("page.html", PNG, ("image/png", "page.html.png")),
        ("a.jpg", b"\xff\xd8\xff\xe0", ("image/jpeg", "a.jpg")),
        ("a.pdf", b"%PDF-1.7\n", ("application/pdf", "a.pdf")),
        ("a.heic", b"\x00\x00\x00\x18ftypheic", ("image/heic", "a.heic")),
        ("a.txt", "您好".encode(), ("text/plain", "a.txt")),
        ("a.docx", DOCX, ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "a.docx")),
        ("a.docx", DOCX + b"vbaProject.bin", None),
        ("a.pdf", b"<html><script>", None),
        ("a.svg", b"<svg onload=alert(1)>", None),
        ("a.exe", b"MZ", None),
        ("a.txt", b"\x00\x01", None),
        ("a.html", b"plain words", None),
        ("a.zip", b"PK\x03\x04", None),
    ],
)
def test_a_file_is_known_by_its_content(name: str, content: bytes, kept: tuple[str, str] | None) -> None:
    assert recognise(name, content) == kept


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\wei\\bill.pdf", "bill.pdf"),
        ("in\u202efdp.exe", "infdp.exe"),
        ("a\r\nSet-Cookie: x.png", "aSet-Cookie x.png"),
        ("住址证明.pdf", "住址证明.pdf"),
        ("", "file"),
        ("..", "file"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_a_name_has_no_folders_and_no_tricks(name: str, clean: str) -> None:
    assert clean_name(name) == clean
