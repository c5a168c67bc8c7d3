"""Who calls us is Twilio, by its own published vectors and both of its ways to sign; anybody else is turned away."""

from __future__ import annotations

import dataclasses
import hmac
from base64 import b64encode

import pytest
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from channels.contract import Forged, Wire
from channels.shared.twilio import signature
from tests.channels.shared.twilio.webhooks import AT, FORM, HOOK, MESSAGE, TOKEN, json_wire, wire

CALL = {"CallSid": "CA1234567890ABCDE", "Digits": "1234", "To": "+18005551212"}


def proven(one: Wire, *, token: str = TOKEN, key: str = "") -> signature.Form:
    return signature.proven(one, token=token, key=key)


@pytest.mark.parametrize(
    ("url", "caller", "signed"),
    [
        ("https://mycompany.com/myapp.php?foo=1&bar=2", "+12349013030", "0/KCTR6DLpKmkAf8muzZqo1nDgQ="),
        ("https://example.com/myapp.php?foo=1&bar=2", "+14158675310", "L/OH5YylLD5NRKLltdqwSvS0BnU="),
    ],
)
def test_the_published_vectors_hold(url: str, caller: str, signed: str) -> None:
    one = wire({**CALL, "Caller": caller, "From": caller}, url=url, token="12345", X_Twilio_Signature=signed)
    assert proven(one, token="12345")["Digits"] == "1234"


def test_a_field_that_comes_twice_is_signed_once_for_each_value() -> None:
    fields = MultiDict([*MESSAGE.items(), ("Tag", "b"), ("Tag", "a"), ("Tag", "a")])
    assert proven(wire(fields)).getall("Tag") == ["b", "a", "a"]


@pytest.mark.parametrize("port", ["", ":443"])
def test_the_address_counts_with_its_port_and_without(port: str) -> None:
    signed = wire(MESSAGE, url=HOOK.replace(".example/", f".example{port}/"))
    assert proven(dataclasses.replace(signed, url=HOOK))["Body"] == MESSAGE["Body"]


def test_a_shared_key_signs_with_sha_256_and_the_accounts_token_does_not_then() -> None:
    def sha256(key: str) -> Wire:
        value = RequestValidator(key).compute_signature(HOOK, MESSAGE, "HMAC_SHA256")
        settings = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
        return wire(MESSAGE, X_Twilio_Signature=value, X_Twilio_Webhooks_Signature_Settings=settings)

    assert proven(sha256("shared"), key="shared")["Body"] == MESSAGE["Body"]
    with pytest.raises(Forged):
        proven(sha256("shared"))
    with pytest.raises(Forged):
        proven(sha256(TOKEN), key="shared")


def test_an_algorithm_nobody_knows_proves_nothing() -> None:
    settings = "key=k,algorithm=HMAC_MD5"
    with pytest.raises(Forged):
        proven(wire(MESSAGE, X_Twilio_Webhooks_Signature_Settings=settings), key=TOKEN)


def test_a_json_body_is_vouched_for_by_its_hash_in_the_address() -> None:
    one = json_wire({"status": "sent"})
    assert "bodySHA256" in proven(one)
    for wrong in (dataclasses.replace(one, body=b'{"status":"read"}'), dataclasses.replace(one, url=HOOK)):
        with pytest.raises(Forged):
            proven(wrong)


def test_a_call_by_get_carries_its_fields_in_the_address() -> None:
    url = f"{HOOK}?MessageSid=SM1&From=%2B15550142001&Body=Hello"
    one = Wire(b"", {"X-Twilio-Signature": RequestValidator(TOKEN).compute_signature(url, {})}, url, AT)
    assert proven(one)["From"] == "+15550142001"


SIGNED = wire(MESSAGE)
PORT = HOOK.replace(".example/", ".example:8443/")
OTHER = "https://help.larkhaven.example/hooks/sms/i2"


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param(wire(MESSAGE, token="another tenant's token"), id="another token"),
        pytest.param(dataclasses.replace(SIGNED, url=OTHER), id="replayed to another inbox"),
        pytest.param(dataclasses.replace(SIGNED, url=HOOK.replace("larkhaven", "evil")), id="another host"),
        pytest.param(dataclasses.replace(wire(MESSAGE, url=PORT), url=HOOK), id="another port"),
        pytest.param(dataclasses.replace(SIGNED, url=HOOK.replace("https", "http")), id="another scheme"),
        pytest.param(dataclasses.replace(SIGNED, url=f"{HOOK}?more=1"), id="more in the address"),
        pytest.param(dataclasses.replace(SIGNED, body=SIGNED.body + b"&Body=Pay+me"), id="a second body"),
        pytest.param(dataclasses.replace(SIGNED, body=b""), id="no body"),
        pytest.param(dataclasses.replace(SIGNED, body=b"\xff\xfe"), id="no text"),
        pytest.param(dataclasses.replace(SIGNED, body=b"a=b&" * 2000), id="endless fields"),
        pytest.param(dataclasses.replace(SIGNED, headers={"Content-Type": FORM}), id="no signature"),
        pytest.param(
            dataclasses.replace(SIGNED, headers={**SIGNED.headers, "Content-Type": "application/json"}), id="no form"
        ),
        pytest.param(
            dataclasses.replace(SIGNED, headers={**SIGNED.headers, "X-Twilio-Signature": "ü"}), id="no base64"
        ),
    ],
)
def test_anything_else_is_forged(forged: Wire) -> None:
    with pytest.raises(Forged):
        proven(forged)


def test_an_inbox_without_a_token_believes_nobody() -> None:
    empty = b64encode(hmac.new(b"", HOOK.encode(), "sha1").digest()).decode()
    with pytest.raises(Forged):
        proven(Wire(b"", {"X-Twilio-Signature": empty}, HOOK, AT), token="")
