"""Search finds what was said, by whom and about what: in any script, the newest first, and only what one may see."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from crm_core.actions import assign, importing, indexing, lifecycle, reply
from crm_core.actions.desk_postgres import PostgresDesk
from crm_core.model.address import Address
from crm_core.model.customer import Customer
from crm_core.model.errors import BadInput, Forbidden
from crm_core.model.event_house import CityLoaded
from crm_core.model.ids import CustomerId, MessageId, ServiceId, fresh
from crm_core.model.message import Direction, Message
from crm_core.model.ticket import Status
from crm_core.queries import indexing as record
from crm_core.queries import search
from crm_core.queries.narrowing import Narrow
from crm_core.queries.search import Hit, Hits, Wanted
from crm_core.store.tx import Read
from gateway.workers.indexer import INDEXER, Indexer, _prepared
from tests.world import ANNA, BEN, IMPORTER, PARKING, START, SUE, World
from tests.world import HOUSING as HOUSING_QUEUE

HOUSING = ServiceId("s-repair")


class Reader:
    """Indexes whatever is new, then searches."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.indexer = Indexer(world.desk, holder="tests")

    async def index(self) -> None:
        await self.world.number()
        while await self.indexer.index():
            pass

    async def page(self, typed: str, *, by: Any = ANNA, **more: Any) -> Hits:
        found: Hits = await self.world.ask(by, search.find, Wanted(typed, **more))
        return found

    async def find(self, typed: str, *, by: Any = ANNA, **more: Any) -> list[Hit]:
        return (await self.page(typed, by=by, **more)).items

    async def kinds(self, typed: str, *, by: Any = ANNA) -> set[str]:
        return {hit.kind for hit in await self.find(typed, by=by)}


@pytest.fixture
async def reader(world: World) -> Reader:
    made = Reader(world)
    await made.index()
    return made


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("我要退款，谢谢", "退款"),
        ("請辦理退稅手續", "退税"),
        ("请办理退税手续", "退稅"),
        ("我的居住证办理到哪一步了？", "居住证办理"),
        ("The café in Rua da Conceição", "cafe conceicao"),
        ("Ma rue, c'est la Straße", "strasse"),
        ("हिन्दी में मदद चाहिए", "हिन्दी"),
        ("ＦＵＬＬ ｗｉｄｔｈ", "full WIDTH"),
        ("엘리베이터가 고장났어요", "고장"),
        ("It is 3.5 m, see plan A/12-7", "a/12-7"),
    ],
)
async def test_a_message_is_found_however_it_is_written(reader: Reader, said: str, typed: str) -> None:
    received = await reader.world.mail(said)
    await reader.world.mail("Something else entirely")
    await reader.index()
    (hit,) = await reader.find(typed, kind="message")
    assert (hit.ticket, hit.number) == (received.ticket, (await reader.world.ticket(received.ticket)).number)


async def test_all_words_must_be_there(reader: Reader) -> None:
    await reader.world.mail("The lamp is dark")
    await reader.world.mail("The lamp and the gate")
    await reader.index()
    assert len(await reader.find("lamp", kind="message")) == 2
    assert len(await reader.find("gate lamp", kind="message")) == 1
    assert await reader.find("gate dark") == []


async def test_what_nobody_wrote_finds_nothing(reader: Reader) -> None:
    await reader.world.mail("The lamp is dark")
    await reader.index()
    for typed in ("zebra", "暗", "!!!", "'", '"', "lamp') OR 1=1 --", '"lamp', "NOT lamp", "lamp*", "\\", ":*"):
        assert {hit.kind for hit in await reader.find(typed)} <= {"message"}


async def test_the_newest_comes_first_and_pages_join_without_a_gap(reader: Reader) -> None:
    for number in range(7):
        await reader.world.mail(f"Lamp {number}")
    await reader.index()
    seen, cursor = [], None
    while True:
        page = await reader.page("lamp", kind="message", limit=3, cursor=cursor)
        seen += [hit.snippet for hit in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == [f"Lamp {number}" for number in reversed(range(7))]


async def test_a_ticket_is_found_by_its_number_in_any_spelling(reader: Reader) -> None:
    received = await reader.world.mail("Hello")
    await reader.index()
    number = (await reader.world.ticket(received.ticket)).number
    for typed in (number, number.lower(), number.replace("-", ""), f" {number[3:]} ", number.replace("-", " ")):
        first = (await reader.find(typed))[0]
        assert (first.kind, first.id) == ("ticket", received.ticket)
    assert [hit.kind for hit in await reader.find(number, kind="message")] == []


async def test_a_ticket_is_found_by_half_of_its_number_and_its_subject(reader: Reader) -> None:
    received = await reader.world.mail("Hello", subject="The bridge at the mill")
    await reader.index()
    number = (await reader.world.ticket(received.ticket)).number
    for typed in (number.split("-")[1], "mill bridge"):
        assert received.ticket in [hit.id for hit in await reader.find(typed, kind="ticket")]


async def test_a_customer_is_found_by_name_mail_and_the_end_of_their_number(reader: Reader) -> None:
    await reader.world.mail("Hello", sender="maria@example.org", sender_name="Maria João Pires")
    await reader.world.mail("Hello", sender=Address.phone("+351912345678"), sender_name="Rui")
    await reader.index()
    (maria,) = await reader.find("joao", kind="customer")
    assert (maria.subject, maria.snippet, maria.number, maria.ticket) == (
        "Maria João Pires",
        "maria@example.org",
        None,
        None,
    )
    assert [hit.id for hit in await reader.find("maria@example.org", kind="customer")] == [maria.id]
    for typed in ("+351 912 345 678", "912345678", "0912 345 678", "(351) 912-345-678"):
        assert [hit.subject for hit in await reader.find(typed, kind="customer")] == ["Rui"]


async def test_another_teams_ticket_is_neither_found_nor_counted(reader: Reader) -> None:
    for number in range(5):
        await reader.world.mail(f"Boiler {number}", service=HOUSING, sender=f"tenant-{number}@example.org")
    mine = await reader.world.mail("Boiler of mine", sender="mine@example.org")
    await reader.index()
    hidden = await reader.page("boiler", limit=2)
    assert [hit.ticket for hit in hidden.items] == [mine.ticket]
    assert hidden.next is None
    assert len(await reader.find("boiler", by=BEN)) == 5
    assert len(await reader.find("boiler", by=SUE)) == 6
    theirs = (await reader.find("boiler", by=BEN))[0].number
    assert theirs is not None
    assert await reader.find(theirs) == []


async def test_a_customer_is_found_only_by_who_may_see_a_ticket_of_theirs(reader: Reader) -> None:
    await reader.world.mail("Hello", service=HOUSING, sender="tenant@example.org", sender_name="Tomas Ruiz")
    await reader.index()
    assert await reader.kinds("Ruiz") == set()
    assert await reader.kinds("Ruiz", by=BEN) == {"customer", "message"}


async def test_many_hits_of_others_do_not_make_one_question_long(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "PORTIONS", (2, 4))
    mine = await reader.world.mail("Boiler of mine")
    for number in range(10):
        await reader.world.mail(f"Boiler {number}", service=HOUSING)
    await reader.index()
    page, pages = await reader.page("boiler", kind="message"), 1
    while page.next is not None and not page.items:
        page, pages = await reader.page("boiler", kind="message", cursor=page.next), pages + 1
    assert ([hit.ticket for hit in page.items], pages) == ([mine.ticket], 2)


async def test_a_note_and_an_answer_are_found_too(reader: Reader) -> None:
    received = await reader.world.mail("Hello")
    await reader.world.do(ANNA, reply.note, received.ticket, "Ask Kowalczyk")
    await reader.index()
    (hit,) = await reader.find("kowalczyk")
    assert hit.ticket == received.ticket


async def test_a_renamed_ticket_is_found_by_its_new_subject_only(reader: Reader) -> None:
    received = await reader.world.mail("Hello", subject="Broken bridge")
    await reader.index()
    await reader.world.do(ANNA, lifecycle.rename, received.ticket, subject="Closed tunnel")
    await reader.index()
    assert [hit.id for hit in await reader.find("tunnel", kind="ticket")] == [received.ticket]
    assert await reader.find("bridge", kind="ticket") == []


async def test_messages_of_a_merged_ticket_are_found_in_the_one_that_goes_on(reader: Reader) -> None:
    old = await reader.world.mail("An unusual zebra", subject="One")
    new = await reader.world.mail("Hello again", subject="Two")
    await reader.index()
    await reader.world.do(ANNA, lifecycle.merge, old.ticket, into=new.ticket, house=reader.world.house)
    await reader.index()
    (hit,) = await reader.find("zebra", kind="message")
    assert hit.ticket == new.ticket


async def test_the_beginning_of_a_word_is_enough_where_no_word_is_found(reader: Reader) -> None:
    await reader.world.mail("My permission ran out")
    await reader.index()
    assert len(await reader.find("permiss", kind="message")) == 1
    assert len(await reader.find("ran permiss", kind="message")) == 1
    assert await reader.find("permisx") == []


async def test_the_snippet_shows_where_it_was_found(reader: Reader) -> None:
    await reader.world.mail(f"{'Long story short. ' * 30}Then the zebra came. {'And so on. ' * 30}")
    await reader.index()
    (hit,) = await reader.find("zebra")
    assert "the zebra came" in hit.snippet
    assert len(hit.snippet) <= 140


async def test_what_was_asked_for_is_marked(reader: Reader) -> None:
    await reader.world.mail("The zebra is here", subject="A zebra")
    await reader.index()
    ticket, message = await reader.find("zebra")
    assert (ticket.subject_marks, message.snippet_marks) == (((2, 7),), ((4, 9),))


async def test_few_hits_stand_in_the_order_of_likelihood_and_pages_join(reader: Reader) -> None:
    phrase = await reader.world.mail("About the old mill bridge", subject="Hello")
    for number in range(4):
        await reader.world.mail(f"The mill {number} has no old bridge", subject="Hello")
    await reader.index()
    seen: list[Hit] = []
    page = await reader.page("old mill bridge", kind="message", limit=2)
    seen += page.items
    while page.next is not None:
        page = await reader.page("old mill bridge", kind="message", limit=2, cursor=page.next)
        seen += page.items
    assert seen[0].ticket == phrase.ticket, "the phrase itself was older, and is likelier"
    assert len({hit.id for hit in seen}) == len(seen) == 5


async def test_many_hits_stand_newest_first_whatever_they_say(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "RANKED_BELOW", 3)
    await reader.world.mail("old mill bridge")
    for number in range(4):
        await reader.world.mail(f"bridge {number} mill, old")
    await reader.index()
    first = await reader.page("old mill bridge", kind="message", limit=2)
    assert [hit.snippet for hit in first.items] == ["bridge 3 mill, old", "bridge 2 mill, old"]
    rest = await reader.page("old mill bridge", kind="message", limit=9, cursor=first.next)
    assert [hit.snippet for hit in rest.items] == ["bridge 1 mill, old", "bridge 0 mill, old", "old mill bridge"]
    assert rest.next is None


async def test_where_a_page_is_full_early_the_last_portion_is_not_asked_whether_all_could_be_ranked(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "PORTIONS", (1, 2, 9))
    await reader.world.mail("old mill bridge")
    for number in range(4):
        await reader.world.mail(f"bridge {number} mill, old")
    await reader.index()
    page = await reader.page("old mill bridge", kind="message", limit=2)
    assert [hit.snippet for hit in page.items] == ["bridge 3 mill, old", "bridge 2 mill, old"]
    rest = await reader.page("old mill bridge", kind="message", limit=9, cursor=page.next)
    assert [hit.snippet for hit in rest.items] == ["bridge 1 mill, old", "bridge 0 mill, old", "old mill bridge"]


async def test_a_word_that_stands_too_far_back_to_walk_to_is_looked_up_from_then_on(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "PORTIONS", (2, 3, 4))
    monkeypatch.setattr(search, "STEPS_BACK", 1)
    steps: list[int] = []
    usual = Read.all

    async def counted(self: Read, statement: Any, **values: Any) -> Any:
        steps.extend([values["back"]] if "back" in values else [])
        return await usual(self, statement, **values)

    monkeypatch.setattr(Read, "all", counted)
    for number in range(6):
        await reader.world.mail(f"A quagga {number}")
        await reader.world.mail("A horse")
    await reader.index()
    found = await reader.find("quagga", kind="message")
    assert sorted(hit.snippet for hit in found) == [f"A quagga {number}" for number in range(6)]
    walked_all_the_way = not isinstance(reader.world.desk, PostgresDesk)
    assert steps == ([2, 3, 4] if walked_all_the_way else [2, 0, 0])


async def test_what_came_between_two_pages_of_a_ranking_loses_nothing(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "RANKED_BELOW", 4)
    old = [await reader.world.mail(f"Zebra {number}") for number in range(3)]
    await reader.index()
    page = await reader.page("zebra", kind="message", limit=2)
    seen = [hit.ticket for hit in page.items]
    for number in range(5):
        await reader.world.mail(f"Zebra again {number}")
    await reader.index()
    while page.next is not None:
        page = await reader.page("zebra", kind="message", limit=2, cursor=page.next)
        seen += [hit.ticket for hit in page.items]
    assert {received.ticket for received in old} <= set(seen)


@pytest.mark.parametrize(
    ("narrow", "expected"),
    [
        (Narrow(status=Status.SOLVED), "solved"),
        (Narrow(status=Status.NEW), "mail other"),
        (Narrow(queue=PARKING), "mail solved"),
        (Narrow(queue=HOUSING_QUEUE), "other"),
        (Narrow(service=HOUSING), "other"),
        (Narrow(assignee=ANNA), "solved"),
        (Narrow(channel="email"), "mail other solved"),
        (Narrow(channel="web_form"), ""),
        (Narrow(since=START + timedelta(days=1)), "other"),
        (Narrow(until=START + timedelta(days=1)), "mail solved"),
        (Narrow(status=Status.NEW, queue=PARKING), "mail"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_filters_leave_out_what_does_not_fit(reader: Reader, narrow: Narrow, expected: str) -> None:
    world = reader.world
    names = {(await world.mail("A zebra", sender="a@example.org")).ticket: "mail"}
    solved = (await world.mail("A zebra", sender="b@example.org")).ticket
    await world.do(ANNA, assign.assign, solved, to=ANNA, house=world.house)
    await world.do(ANNA, lifecycle.solve, solved, house=world.house)
    world.clock.pass_(days=2)
    names |= {solved: "solved", (await world.mail("A zebra", sender="c@example.org", service=HOUSING)).ticket: "other"}
    await reader.index()
    found = await reader.find("zebra", by=SUE, kind="message", narrow=narrow)
    assert {names[hit.ticket] for hit in found if hit.ticket} == set(expected.split())


async def test_one_persons_history_is_searched_by_itself(reader: Reader) -> None:
    world = reader.world
    first = await world.ticket((await world.mail("A zebra", sender="a@example.org")).ticket)
    other = await world.ticket((await world.mail("A zebra", sender="b@example.org")).ticket)
    await reader.index()
    theirs = Narrow(customer=first.customer)
    assert [hit.ticket for hit in await reader.find("zebra", kind="message", narrow=theirs)] == [first.id]
    assert await reader.find("zebra", kind="customer", narrow=theirs) == []
    assert other.customer != first.customer


async def test_indexing_twice_changes_nothing(reader: Reader) -> None:
    await reader.world.mail("A zebra")
    await reader.world.number()
    news = await reader.world.desk.ask(INDEXER, record.news)
    assert news is not None
    portion = _prepared(news)
    assert await reader.world.desk.do(INDEXER, indexing.index_some, portion)
    assert not await reader.world.desk.do(INDEXER, indexing.index_some, portion)
    again = indexing.Portion(
        name="index", since=news.to.text(), to=news.to.text(), fresh=portion.fresh, past=portion.fresh
    )
    assert await reader.world.desk.do(INDEXER, indexing.index_some, again)
    assert len(await reader.find("zebra")) == 1


async def test_history_goes_below_what_is_new_and_an_interrupted_walk_goes_on(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = reader.world
    monkeypatch.setattr(record, "DOCS_AT_ONCE", 5)
    received = await world.mail("A zebra today")
    past = [_old(received.ticket, days) for days in range(1, 13)]
    await world.desk.do(IMPORTER, importing.import_values, past)
    await world.desk.do(IMPORTER, importing.announce_city, "more", counts={})
    await world.number()
    first = await reader.indexer.index()
    assert first
    await Reader(world).index()  # another process, after the first one died
    found = await reader.find("zebra", kind="message", limit=50)
    assert [hit.created_at for hit in found] == sorted((hit.created_at for hit in found), reverse=True)
    assert len(found) == 13
    assert await world.desk.ask(INDEXER, record.lag) == 0


def _old(ticket: Any, days: int) -> Message:
    at = START - timedelta(days=days)
    id = fresh(MessageId, at=at)
    return Message(id, ticket, None, Direction.IN, "email", "Wei", f"A zebra {days} days ago", at, 1)


async def test_what_waits_to_be_indexed_is_told(reader: Reader) -> None:
    assert await reader.world.desk.ask(INDEXER, record.lag) == 0
    await reader.world.mail("Hello")
    await reader.world.number()
    assert await reader.world.desk.ask(INDEXER, record.lag) > 0


async def test_a_customer_without_a_ticket_is_shown_to_nobody(reader: Reader) -> None:
    world = reader.world
    await world.desk.do(IMPORTER, importing.import_values, [Customer(CustomerId("c1"), "Olga Petrova", None, START)])
    await world.desk.do(IMPORTER, importing.announce_city, CityLoaded.dotted, counts={})
    await reader.index()
    assert await reader.find("petrova", by=SUE) == []


async def test_a_cursor_of_another_list_is_refused(reader: Reader) -> None:
    with pytest.raises(BadInput):
        await reader.page("lamp", cursor="nonsense")


async def test_only_the_indexer_may_index(world: World) -> None:
    with pytest.raises(Forbidden):
        await world.ask(ANNA, record.news)
