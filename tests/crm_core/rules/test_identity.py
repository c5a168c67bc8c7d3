from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.address import Address
from crm_core.model.customer import Customer, Identity
from crm_core.model.ids import CustomerId, IdentityId
from crm_core.rules import identity
from crm_core.rules.identity import Also, Join, Known, SamePerson, Unknown
from tests.crm_core.rules.made import ANA, MONDAY, PATIENT

PHONE = Address.phone("+15550142")
CUSTOMER = Customer(CustomerId("ana"), "Ana", "en", MONDAY)


def held(**changes: Any) -> Identity:
    given: dict[str, Any] = {
        "id": IdentityId("i"),
        "customer": CUSTOMER.id,
        "address": ANA,
        "evidence": "form",
        "created_at": MONDAY,
    }
    return Identity(**(given | changes))


def test_a_known_address_is_filed_under_its_customer_proven_or_not() -> None:
    for evidence in ("dmarc", "form", None):
        filed = identity.file_under(ANA, name="Ana", evidence=evidence, known=held())
        assert isinstance(filed, Known)
        assert filed.customer == CUSTOMER.id
        assert filed.proven is (evidence == "dmarc")


def test_a_proven_contact_proves_an_address_that_was_only_claimed() -> None:
    filed = identity.file_under(ANA, name="", evidence="dmarc", known=held())
    assert isinstance(filed, Known)
    assert filed.proves
    again = identity.file_under(ANA, name="", evidence="dmarc", known=held(proven_at=MONDAY))
    assert isinstance(again, Known)
    assert not again.proves


@pytest.mark.parametrize(
    "evidence", [None, "", "form", "import", "from header", "agent said so", "DMARC fail", "spf", "dkim"]
)
def test_a_claim_proves_nothing(evidence: str | None) -> None:
    filed = identity.file_under(ANA, name="", evidence=evidence, known=held())
    assert isinstance(filed, Known)
    assert not filed.proves
    assert not filed.proven
    assert identity.prove(held(), evidence=evidence or "", at=MONDAY) == held()


def test_nobody_we_know_is_a_new_customer_with_the_address_as_it_was_shown() -> None:
    filed = identity.file_under(ANA, name=" Ana\r\n Pereira ", evidence="dmarc", known=None)
    assert filed == Unknown(ANA, "Ana Pereira", proven=True, evidence="dmarc", why="a new address, proven")
    claimed = identity.file_under(ANA, name="Ana", evidence=None, known=None)
    assert isinstance(claimed, Unknown)
    assert (claimed.proven, claimed.evidence) == (False, "claimed")


def test_what_is_proven_stays_proven_by_what_proved_it_first() -> None:
    first = identity.prove(held(), evidence="dmarc", at=MONDAY)
    assert (first.proven_at, first.evidence) == (MONDAY, "dmarc")
    assert identity.prove(first, evidence="code", at=MONDAY + timedelta(days=1)) == first


def decided(evidence: str | None, held_by: Identity | None) -> object:
    return identity.add_address(CUSTOMER, address=PHONE, evidence=evidence, held_by=held_by)


def test_an_address_that_nobody_has_is_filed_as_it_was_shown() -> None:
    for evidence in ("code", "form", None):
        joined = decided(evidence, None)
        assert isinstance(joined, Join)
        assert joined.proven is (evidence == "code")


def test_a_claim_takes_nothing_from_anybody() -> None:
    for theirs in (held(address=PHONE, customer=CustomerId("bob")), held(customer=CustomerId("bob"), proven_at=MONDAY)):
        for evidence in ("form", None, "agent said so"):
            assert isinstance(decided(evidence, theirs), Also)


def test_a_proof_takes_what_another_only_claimed() -> None:
    assert isinstance(decided("code", held(address=PHONE, customer=CustomerId("bob"))), Join)


def test_an_address_that_both_proved_makes_them_one_person_unless_they_share_it() -> None:
    theirs = held(address=PHONE, customer=CustomerId("bob"), proven_at=MONDAY)
    assert decided("code", theirs) == SamePerson(CustomerId("bob"), "both showed that they read this address")
    assert isinstance(decided("code", replace(theirs, shared=True)), Also)


@PATIENT
@given(
    evidence=st.none() | st.text() | st.sampled_from(sorted(identity.PROOFS)),
    proven=st.booleans(),
    shared=st.booleans(),
)
def test_only_a_proof_of_an_unshared_proven_address_ever_joins_two_people(
    evidence: str | None, proven: bool, shared: bool
) -> None:
    theirs = held(address=PHONE, customer=CustomerId("bob"), proven_at=MONDAY if proven else None, shared=shared)
    joins = isinstance(decided(evidence, theirs), SamePerson)
    assert joins is (identity.proves(evidence) and proven and not shared)


def test_ones_own_claimed_address_joins_when_it_is_proven() -> None:
    assert isinstance(decided("code", held(address=PHONE)), Join)


def test_only_the_sender_is_ever_asked_for() -> None:
    """Cc and Reply-To cannot make anybody a customer: the rule has no way to be told of them."""
    filed = identity.file_under(ANA, name="Mallory <mallory@example.net>", evidence=None, known=None)
    assert isinstance(filed, Unknown)
    assert filed.address == ANA


@PATIENT
@given(st.text(max_size=2000))
def test_a_name_is_one_visible_line(name: str) -> None:
    tidy = identity.tidy_name(name)
    assert len(tidy) <= 120
    assert tidy.isprintable()
    assert tidy == tidy.strip()


@PATIENT
@given(
    evidence=st.none() | st.sampled_from(sorted(identity.PROOFS)) | st.text(),
    known=st.none() | st.just(held()) | st.just(held(proven_at=MONDAY)),
)
def test_a_contact_never_changes_whose_an_address_is(evidence: str | None, known: Identity | None) -> None:
    filed = identity.file_under(ANA, name="x", evidence=evidence, known=known)
    if isinstance(filed, Known):
        assert known is not None
        assert filed.customer == known.customer
        proven = identity.prove(filed.identity, evidence=evidence or "", at=MONDAY)
        assert replace(proven, proven_at=known.proven_at, evidence=known.evidence) == known
