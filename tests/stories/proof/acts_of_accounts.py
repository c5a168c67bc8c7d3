"""What happens in the state proof to accounts: people join and change, sessions begin and end, tokens are made and revoked."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from crm_core.actions import accounts, digests
from crm_core.model.agent import Role
from crm_core.model.ids import AgentId, TeamId
from crm_core.model.wishes import News, Wishes
from tests.stories.proof.stage import GATEWAY, Stage, act, rare
from tests.world import ADA, BEN


@rare
async def lose_team(stage: Stage, _: AgentId) -> None:
    """Ben's teams change: what he sees changes with them."""
    names = stage.dice.choice([("t-housing",), ("t-parking",), ("t-housing", "t-parking")])
    teams = frozenset(TeamId(name) for name in names)
    await stage.do(ADA, accounts.change_user, BEN, accounts.Changes(teams=teams))


@rare
async def rise_and_fall(stage: Stage, _: AgentId) -> None:
    """Ben becomes a supervisor, or an agent again."""
    role = stage.dice.choice([Role.SUPERVISOR, Role.AGENT])
    await stage.do(ADA, accounts.change_user, BEN, accounts.Changes(role=role))


@act
async def somebody_joins(stage: Stage, _: AgentId) -> None:
    """They say what they want to hear of by mail, and type the code wrong."""
    newcomer = await stage.newcomer()
    await stage.do(newcomer, digests.choose, Wishes(mail=frozenset({News.MENTIONS})))
    await stage.do(newcomer, digests.ask_code, house=stage.setup)
    await stage.do(newcomer, digests.answer_code, "000000", house=stage.setup)


@act
async def somebody_changes(stage: Stage, _: AgentId) -> None:
    changes = accounts.Changes(name="Newly Named", role=Role.SUPERVISOR, languages=("en", "zh"), active=False)
    await stage.do(ADA, accounts.change_user, await stage.newcomer(), changes)


@act
async def sign_in(stage: Stage, who: AgentId) -> None:
    digest = sha256(stage.fresh().encode()).hexdigest()
    await stage.do(GATEWAY, accounts.open_session, who, accounts.NewSession(digest=digest, csrf="c"))
    stage.sessions.append((who, digest))


@act
async def sign_out(stage: Stage, who: AgentId) -> None:
    if not stage.sessions:
        await sign_in(stage, who)
    owner, digest = stage.sessions.pop()
    await stage.do(GATEWAY, accounts.end_session, owner, digest=digest)


@act
async def sign_in_by_link(stage: Stage, who: AgentId) -> None:
    link, digest = (sha256(stage.fresh().encode()).hexdigest() for _ in range(2))
    await stage.do(ADA, accounts.make_link, who, digest=link, lasts=timedelta(hours=1))
    new = accounts.NewSession(digest=digest, csrf="c")
    await stage.do(GATEWAY, accounts.open_session_by_link, link=link, new=new)


@act
async def sign_out_elsewhere(stage: Stage, who: AgentId) -> None:
    digest = sha256(stage.fresh().encode()).hexdigest()
    await stage.do(GATEWAY, accounts.open_session, who, accounts.NewSession(digest=digest, csrf="c"))
    await stage.do(who, accounts.end_session_of, who, ref=digest[:16])


@act
async def new_password(stage: Stage, who: AgentId) -> None:
    await stage.do(who, accounts.set_password, who, password="a hash")


@act
async def token_made(stage: Stage, who: AgentId) -> None:
    digest = sha256(stage.fresh().encode()).hexdigest()
    new = accounts.NewToken(digest=digest, agent=who, name="robot")
    stage.tokens.append(await stage.do(ADA, accounts.make_token, new))


@act
async def token_revoked(stage: Stage, who: AgentId) -> None:
    if not stage.tokens:
        await token_made(stage, who)
    await stage.do(ADA, accounts.revoke_token, stage.tokens.pop().id)
