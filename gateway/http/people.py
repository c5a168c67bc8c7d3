"""What is done to a customer: their profile, their addresses and proofs, merges and relations. Verbs are nouns."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from crm_core.actions import addresses, joining, proving, relations
from crm_core.actions import people as profiles
from crm_core.actions.people import Profile
from crm_core.actions.proving import Judged, Wanted
from crm_core.actions.relations import Tie
from crm_core.model.address import Address
from crm_core.model.customer import Customer, CustomerKind
from crm_core.model.errors import BadInput, Problem
from crm_core.model.ids import CustomerId, IdentityId, MergeId, ProofId, RelationId, TicketId
from crm_core.model.phone import e164
from crm_core.model.preferences import Contacting, DoNot, Need, Safety
from crm_core.model.proof import Proof, ProofKind
from crm_core.model.relation import RelationKind
from crm_core.model.view import Json, instant
from crm_core.queries import customer
from gateway.http.customers import customer_item, identity_item
from gateway.http.faces_people import CustomerItem, IdentityItem, ProofItem
from gateway.http.routes import API, Ask, Input, route

Short = Annotated[str, Field(max_length=200)]
Key = Annotated[str, Field(min_length=1, max_length=60)]
Minute = Annotated[int, Field(ge=0, le=1440)] | None
Version = Annotated[int, Field(ge=1, le=1 << 53)] | None
OF_CUSTOMER = f"{API}/customers/{{id}}"
_MAIL = r"[^\s@]{1,64}@[^\s@]{1,190}"


class DoNotBody(Input):
    """A wish not to be disturbed."""

    what: Literal["calls", "writing", "any"]
    before: Minute = None
    after: Minute = None


class NeedBody(Input):
    """A need, by its code."""

    code: Key
    detail: Short = ""


class SafetyBody(Input):
    """A warning, which ends."""

    reason: Short
    until: Annotated[AwareDatetime, Field(strict=False)]


class ProfileBody(Input):
    """What somebody told us of themselves; what is left out stays as it is."""

    name: Short | None = None
    kind: Literal["person", "organisation"] | None = None
    language: Annotated[str, Field(max_length=20)] | None = None
    channel: Annotated[str, Field(max_length=40)] | None = None
    do_not: Annotated[list[DoNotBody], Field(max_length=12)] | None = None
    needs: Annotated[list[NeedBody], Field(max_length=12)] | None = None
    safety: SafetyBody | None = None
    street: Short | None = None
    place: Short | None = None

    def profile(self) -> Profile:
        """As the action takes it. Only language, channel and warning can be taken back by null."""
        said: dict[str, Any] = {name: getattr(self, name) for name in self.model_fields_set - {"seen_version"}}
        empty = [
            name for name, value in said.items() if value is None and name not in ("language", "channel", "safety")
        ]
        if empty:
            raise BadInput(
                *(Problem(name, "This cannot be nothing. Leave it out, or say what it is.") for name in empty)
            )
        if self.kind is not None:
            said["kind"] = CustomerKind(self.kind)
        if self.do_not is not None:
            said["do_not"] = tuple(DoNot(Contacting(one.what), one.before, one.after) for one in self.do_not)
        if self.needs is not None:
            said["needs"] = tuple(Need(one.code, one.detail) for one in self.needs)
        if self.safety is not None:
            said["safety"] = Safety(self.safety.reason, self.safety.until)
        return Profile(**said)


class ChangedProfile(ProfileBody):
    """A changed profile, made on a screen that showed this version."""

    seen_version: Version = None


@route("POST", f"{API}/customers", body=ProfileBody, answer=CustomerItem, status=201)
async def add(ask: Ask, *, body: ProfileBody) -> Any:
    """Enter somebody whom no message brought: an organisation, or a person at the counter."""
    made = await ask.do(_id_of, profiles.add_person, body.profile())
    return await _whole(ask, made["id"])


@route("PATCH", OF_CUSTOMER, body=ChangedProfile, answer=CustomerItem)
async def change(ask: Ask, *, id: str, body: ChangedProfile) -> Any:
    """Write down how they want to be served. Null takes language, channel or the warning away."""
    changed = profiles.change_person
    await ask.do(_id_of, changed, CustomerId(id), body.profile(), seen_version=body.seen_version)
    return await _whole(ask, id)


class AddressBody(Input):
    """An address as people write it, or with its scheme (`mailto:…`, `tel:…`)."""

    address: Annotated[str, Field(min_length=3, max_length=320)]


@route("POST", f"{OF_CUSTOMER}/addresses", body=AddressBody, answer=IdentityItem, status=201)
async def claim(ask: Ask, *, id: str, body: AddressBody) -> Any:
    """They say it is theirs: a claim, until a code or link proves it."""
    return await ask.do(identity_item, addresses.claim_address, CustomerId(id), _address(ask, body.address))


@route("DELETE", f"{OF_CUSTOMER}/addresses/{{identity}}", status=204, may_be_empty=True)
async def remove(ask: Ask, *, id: str, identity: str) -> None:
    """It is not theirs any more."""
    await ask.do(_nothing, addresses.remove_address, CustomerId(id), IdentityId(identity))


class SharingBody(Input):
    """Whether several people use it."""

    shared: bool


@route("PATCH", f"{OF_CUSTOMER}/addresses/{{identity}}", body=SharingBody, answer=IdentityItem)
async def share(ask: Ask, *, id: str, identity: str, body: SharingBody) -> Any:
    """Mark it as shared (a family's telephone): it then makes nobody one person with anybody."""
    return await ask.do(
        identity_item, addresses.share_address, CustomerId(id), IdentityId(identity), shared=body.shared
    )


class MoveBody(Input):
    """Whose it is."""

    customer: Key


@route("POST", f"{OF_CUSTOMER}/addresses/{{identity}}/moves", body=MoveBody, answer=IdentityItem, status=201)
async def move(ask: Ask, *, id: str, identity: str, body: MoveBody) -> Any:
    """It is somebody else's after all; there it is a claim until it is proven again."""
    return await ask.do(
        identity_item, addresses.move_address, CustomerId(id), IdentityId(identity), to=CustomerId(body.customer)
    )


class ProofBody(Input):
    """What is to be proven, and how. The message goes out in `ticket`, else in their newest matter."""

    address: Annotated[str, Field(min_length=3, max_length=320)]
    kind: Literal["code", "link"] = "code"
    ticket: Key | None = None


@route("POST", f"{OF_CUSTOMER}/proofs", body=ProofBody, answer=ProofItem, status=201)
async def prove(ask: Ask, *, id: str, body: ProofBody) -> Any:
    """Send a one-time code or link there; its words say nothing of whom or what it is about."""
    ticket = None if body.ticket is None else TicketId(body.ticket)
    wanted = Wanted(_address(ask, body.address), ProofKind(body.kind), ticket)
    return await ask.do(_proof, proving.ask_proof, CustomerId(id), wanted, house=ask.house.keeper.house)


class AnswerBody(Input):
    """The code as it was read out."""

    code: Annotated[str, Field(min_length=1, max_length=40)]


@route("POST", f"{OF_CUSTOMER}/proofs/{{proof}}/answers", body=AnswerBody, answer=CustomerItem, status=201)
async def answer(ask: Ask, *, id: str, proof: str, body: AnswerBody) -> Any:
    """If it is right, the address is theirs; every guess counts, also those made at once."""
    house = ask.house.keeper.house
    right = await ask.do(_right, proving.answer_proof, CustomerId(id), ProofId(proof), body.code, house=house)
    if not right:
        raise BadInput(Problem("code", "This code is wrong, was used, or has run out. Send a new one."))
    return await _whole(ask, id)


class MergeBody(Input):
    """Who they are the same person as."""

    into: Key
    why: Short = ""


@route("POST", f"{OF_CUSTOMER}/merges", body=MergeBody, answer=CustomerItem, status=201)
async def merge(ask: Ask, *, id: str, body: MergeBody) -> Any:
    """These two are one person. Nothing is rewritten; it can be undone at any time."""
    await ask.do(_nothing, joining.merge_people, CustomerId(id), into=CustomerId(body.into), why=body.why)
    return await _whole(ask, id)


@route("DELETE", f"{OF_CUSTOMER}/merges/{{merge}}", answer=CustomerItem)
async def part(ask: Ask, *, id: str, merge: str) -> Any:
    """They are two after all: what came in between goes with the address it came by."""
    await ask.do(_nothing, joining.part_people, CustomerId(id), MergeId(merge))
    return await _whole(ask, id)


class DismissBody(Input):
    """Who it is not."""

    customer: Key


@route("POST", f"{OF_CUSTOMER}/dismissals", body=DismissBody, status=204, may_be_empty=True)
async def dismiss(ask: Ask, *, id: str, body: DismissBody) -> None:
    """Somebody looked: these two are not one person. It is not suggested again."""
    await ask.do(_nothing, joining.dismiss, CustomerId(id), other=CustomerId(body.customer))


class RelationBody(Input):
    """How they belong together; to act for somebody takes their consent and its day."""

    kind: Literal["member", "household", "acts_for"]
    other: Key
    role: Short = ""
    consent: Short = ""
    consented_at: Annotated[AwareDatetime, Field(strict=False)] | None = None
    ends_at: Annotated[AwareDatetime, Field(strict=False)] | None = None


@route("POST", f"{OF_CUSTOMER}/relations", body=RelationBody, answer=CustomerItem, status=201)
async def relate(ask: Ask, *, id: str, body: RelationBody) -> Any:
    """A member of an organisation, one household, or somebody who acts for another."""
    tie = Tie(
        kind=RelationKind(body.kind),
        other=CustomerId(body.other),
        role=body.role,
        consent=body.consent,
        consented_at=body.consented_at,
        ends_at=body.ends_at,
    )
    await ask.do(_nothing, relations.relate, CustomerId(id), tie)
    return await _whole(ask, id)


@route("DELETE", f"{OF_CUSTOMER}/relations/{{relation}}", answer=CustomerItem)
async def unrelate(ask: Ask, *, id: str, relation: str) -> Any:
    """It holds no longer; that it did, and by which consent, stays on record."""
    await ask.do(_nothing, relations.end_relation, CustomerId(id), RelationId(relation))
    return await _whole(ask, id)


async def _whole(ask: Ask, id: str) -> Json:
    return customer_item(await ask.read(customer.customer, CustomerId(id)), at=ask.house.clock())


def _address(ask: Ask, typed: str) -> Address:
    """An address as people write it. Raises BadInput."""
    scheme, _, rest = typed.strip().partition(":")
    if scheme in ("mailto", "tel"):
        typed = rest
    elif rest and scheme.isalpha():
        return Address.parse(typed.strip())
    if "@" in typed:
        return Address.mail(typed)
    number = e164(typed, country=ask.house.settings.country)
    if number is None:
        raise BadInput(Problem("address", "This is neither a mail address nor a telephone number."))
    return Address.phone(number)


def _id_of(customer: Customer) -> Json:
    return {"id": customer.id}


def _proof(proof: Proof) -> Json:
    return {"id": proof.id, "kind": proof.kind, "expires_at": instant(proof.expires_at)}


def _right(judged: Judged) -> bool:
    return judged.right


def _nothing(_: object) -> None:
    return None
