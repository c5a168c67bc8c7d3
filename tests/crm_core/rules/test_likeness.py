"""Who may be one person is suggested with its reasons; and people are found however their name is typed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.address import Address
from crm_core.model.customer import Customer, Identity
from crm_core.model.ids import CustomerId, IdentityId
from crm_core.rules import likeness
from crm_core.rules.likeness import Alike, Apart, Somebody, Suggest
from tests.crm_core.rules.made import MONDAY, PATIENT

PHONE = Address.phone("+15550142")


def somebody(id: str, name: str, *addresses: Address, street: str = "", shared: bool = False) -> Somebody:
    customer = Customer(CustomerId(id), name, None, MONDAY, street=street, place="Larkhaven")
    made = (
        Identity(IdentityId(f"{id}{number}"), customer.id, address, "form", MONDAY, shared=shared)
        for number, address in enumerate(addresses)
    )
    return Somebody(customer, tuple(made))


def reasons(one: Somebody, other: Somebody, *, bearers: int = 1) -> list[str]:
    decision = likeness.compare(one, other, bearers=bearers)
    return [reason.code for reason in decision.reasons] if isinstance(decision, Suggest) else []


@pytest.mark.parametrize(
    ("one", "other", "how"),
    [
        ("張薇", "张薇", Alike.NAME_FORMS),
        ("張薇", "张薇 Wei Zhang", Alike.NAME_FORMS),
        ("Wei Zhang", "张薇", Alike.NAME_PINYIN),
        ("陈建国", "Jianguo Chen", Alike.NAME_PINYIN),
        ("曾国强", "Guoqiang Zeng", Alike.NAME_PINYIN),
        ("Lucía Fernández", "FERNANDEZ, Lucia", Alike.NAME),
        ("Ana Pereira", "pereira ana", Alike.NAME),
    ],
)
def test_a_name_is_the_same_in_every_form_people_write_it(one: str, other: str, how: Alike) -> None:
    assert reasons(somebody("a", one), somebody("b", other)) == [how]
    assert reasons(somebody("a", other), somebody("b", one)) == [how]


@pytest.mark.parametrize(("one", "other"), [("张薇", "张伟"), ("Ana Pereira", "Ana Silva"), ("Ana", "Ana"), ("", "")])
def test_other_names_and_first_names_alone_suggest_nothing(one: str, other: str) -> None:
    assert reasons(somebody("a", one), somebody("b", other)) == []


def test_a_name_that_many_have_needs_a_street_beside_it() -> None:
    here = somebody("a", "Wei Zhang", street="18 Orchard St.")
    there = somebody("b", "Zhang Wei", street="Orchard Street 18")
    apart = likeness.compare(somebody("a", "Wei Zhang"), somebody("b", "Zhang Wei"), bearers=likeness.FEW + 1)
    assert apart == Apart("only a name that many have")
    assert reasons(here, there, bearers=100) == [Alike.NAME, Alike.STREET]


def test_a_street_alone_is_a_house_and_no_person() -> None:
    assert reasons(somebody("a", "Ana", street="18 Orchard Street"), somebody("b", "Bo", street="18 Orchard St")) == []


def test_a_family_phone_suggests_and_says_that_it_is_shared() -> None:
    decision = likeness.compare(somebody("a", "Ana", PHONE, shared=True), somebody("b", "Bo", PHONE))
    assert isinstance(decision, Suggest)
    assert [(reason.code, reason.shared) for reason in decision.reasons] == [(Alike.PHONE, True)]
    assert decision.reasons[0].words == "the same telephone number, which several people use"


@pytest.mark.parametrize(
    "typed",
    ["zw", "ZW", "zhangwei", "zhang wei", "wei zhang", "Wei Z", "张", "張薇", "薇", "0142", "555-0142", "+1 555 0142"],
)
def test_zhang_wei_is_found_however_it_is_typed(typed: str) -> None:
    wei = Customer(CustomerId("wei"), "张薇", "zh", MONDAY)
    keys = likeness.found_by(wei, [PHONE, Address.mail("wei.zhang@mailbox.example")])
    if typed == "薇":
        return  # a given name of one sign is too little to be a key of its own
    assert any(key.startswith(asked) for asked in likeness.asked_for(typed) for key in keys), (typed, keys)


@pytest.mark.parametrize("typed", ["", " ", "\x00", "0", "()", "-", "+", "@"])
def test_what_says_nothing_asks_for_nothing_wide(typed: str) -> None:
    assert all(len(asked) > 2 for asked in likeness.asked_for(typed))


@PATIENT
@given(one=st.text(max_size=60), other=st.text(max_size=60))
def test_likeness_is_mutual_and_never_raises(one: str, other: str) -> None:
    forth, back = reasons(somebody("a", one), somebody("b", other)), reasons(somebody("b", other), somebody("a", one))
    assert set(forth) == set(back)
    likeness.asked_for(one)
    assert all(len(key) <= likeness.LONGEST_KEY for key in likeness.found_by(somebody("a", one).customer, [PHONE]))


@PATIENT
@given(name=st.text(max_size=40), street=st.text(max_size=40))
def test_who_may_be_the_same_has_a_key_in_common(name: str, street: str) -> None:
    one = somebody("a", name, street=street)
    other = replace(one, customer=replace(one.customer, id=CustomerId("b")))
    if isinstance(likeness.compare(one, other), Suggest):
        assert likeness.like_keys(one.customer) & likeness.like_keys(other.customer)
