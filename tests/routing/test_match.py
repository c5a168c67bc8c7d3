from typing import Any

from crm_core.model.ids import AgentId, QueueId
from routing.match import Abilities, Ability, Need, skilled, speaks
from routing.order import Kind
from tests.routing.people import ROADS, TAX, agent, work


def ability(*, serves: frozenset[QueueId] = frozenset({TAX}), **changed: Any) -> Ability:
    return Ability.of(agent("ana", **changed), serves=serves)


def test_every_skill_is_needed_at_its_level() -> None:
    need = Need.of(work("one", skills={"tax": 3, "law": 1}))
    assert skilled(ability(skills={"tax": 3, "law": 2}), need=need)
    assert not skilled(ability(skills={"tax": 2, "law": 5}), need=need)
    assert not skilled(ability(skills={"tax": 5}), need=need)


def test_only_who_serves_the_queue_is_able() -> None:
    need = Need.of(work("one"))
    assert skilled(ability(), need=need)
    assert not skilled(ability(serves=frozenset({ROADS})), need=need)


def test_work_without_a_language_suits_everybody() -> None:
    assert speaks(ability(languages=()), need=Need.of(work("one")))
    assert not speaks(ability(languages=("en",)), need=Need.of(work("one", language="zh")))


def test_agents_of_the_same_ability_share_a_shelf_until_the_last_has_gone() -> None:
    abilities = Abilities()
    shelf = abilities.take_up(ability())
    assert abilities.take_up(ability()) is shelf
    abilities.give_up(ability())
    assert abilities.take_up(ability()) is shelf
    crowd = abilities.crowd(Need.of(work("one")))
    assert shelf in crowd
    abilities.give_up(ability())
    abilities.give_up(ability())
    assert shelf not in crowd


def test_a_language_that_nobody_able_speaks_is_waived_until_somebody_does() -> None:
    abilities = Abilities()
    english = abilities.take_up(ability(languages=("en",)))
    crowd = abilities.crowd(Need.of(work("one", language="zh")))
    assert english in crowd
    assert crowd.waives_language
    chinese = abilities.take_up(ability(languages=("zh",)))
    assert english not in crowd
    assert chinese in crowd
    abilities.give_up(ability(languages=("zh",)))
    assert english in crowd


def test_lines_follow_their_crowd_when_abilities_change() -> None:
    abilities = Abilities()
    crowd = abilities.crowd(Need.of(work("one")))
    line = crowd.row(Kind("email", live=False, units=1)).line(2)
    shelf = abilities.take_up(ability())
    assert shelf in line.shelves


def test_a_line_that_somebody_refused_goes_when_it_is_empty_and_others_stay() -> None:
    crowd = Abilities().crowd(Need.of(work("one")))
    kind = Kind("email", live=False, units=1)
    refused, plain = crowd.row(kind, frozenset({AgentId("ana")})).line(2), crowd.row(kind).line(2)
    crowd.close(refused)
    crowd.close(plain)
    assert [list(row.lines.values()) for row in crowd.rows.values()] == [[plain]]
