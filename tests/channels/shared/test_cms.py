"""The mail within an S/MIME signature is found, whoever made it; what is encrypted, detached or damaged is not."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from channels.shared.cms import signed_content

MAIL = b"Content-Type: text/plain\r\n\r\nsigned words\r\n"
SIGNED_DATA, DATA = bytes.fromhex("06092a864886f70d010702"), bytes.fromhex("06092a864886f70d010701")


def signed(*options: pkcs7.PKCS7Options) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ana")])
    now = datetime(2026, 11, 23, tzinfo=UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    card = made.not_valid_before(now).not_valid_after(now + timedelta(days=9)).sign(key, hashes.SHA256())
    builder = pkcs7.PKCS7SignatureBuilder().set_data(MAIL).add_signer(card, key, hashes.SHA256())
    return builder.sign(serialization.Encoding.DER, list(options))


def of(tag: int, *parts: bytes) -> bytes:
    """One element of definite length."""
    value = b"".join(parts)
    size = bytes([len(value)]) if len(value) < 128 else b"\x82" + len(value).to_bytes(2, "big")
    return bytes([tag]) + size + value


def open_ended(tag: int, *parts: bytes) -> bytes:
    """One element of indefinite length, as programs write that do not know yet how much comes."""
    return bytes([tag]) + b"\x80" + b"".join(parts) + b"\0\0"


def test_what_a_library_signs_is_read() -> None:
    assert signed_content(signed(pkcs7.PKCS7Options.Binary)) == MAIL


def test_a_signature_beside_its_mail_holds_none() -> None:
    assert signed_content(signed(pkcs7.PKCS7Options.DetachedSignature)) is None


@pytest.mark.parametrize(
    "octets",
    [
        of(0x04, MAIL),
        of(0x24, of(0x04, MAIL[:9]), of(0x04, MAIL[9:])),
        open_ended(0x24, of(0x04, MAIL[:9]), open_ended(0x24, of(0x04, MAIL[9:]))),
    ],
)
def test_a_mail_in_pieces_is_put_together(octets: bytes) -> None:
    body = of(0x02, b"\1"), of(0x31), open_ended(0x30, DATA, open_ended(0xA0, octets))
    assert signed_content(open_ended(0x30, SIGNED_DATA, open_ended(0xA0, open_ended(0x30, *body)))) == MAIL


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"0",
        b"\x30\x80",
        DATA,
        of(0x30, DATA, of(0xA0, of(0x04, MAIL))),
        b"\x30\x80" * 5_000,
        b"\x24\x80" * 100_000,
    ],
)
def test_anything_else_is_none(data: bytes) -> None:
    assert signed_content(data) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_looked_at(data: bytes) -> None:
    signed_content(data)
    signed_content(open_ended(0x30, SIGNED_DATA, open_ended(0xA0, open_ended(0x30, data))))
