"""The command line, `onestop COMMAND`. Each command is a few lines here and a room of its own."""

import argparse
import asyncio
import gc
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, NoReturn

from config.settings import BadSetting, Settings, load
from crm_core.model.errors import Refusal
from gateway.keys import NoKey
from gateway.lock import InUse, NoFolder
from gateway.logs import set_up_logs

YOUNG = 10_000
"""Objects that come to be before it is looked for garbage among them. By Python's 700 all there is was looked through every
ten seconds of a full process, with everybody's screen open: nobody was served for 0.2 s."""


def main(arguments: list[str] | None = None) -> None:
    """Run a command and exit: 0 done, 1 it found something wrong, 2 it could not be started as asked."""
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        settings = load()
        set_up_logs(settings.log_format)
        code = asyncio.run(_command(given, settings))
    except (BadSetting, NoKey, InUse, NoFolder, Refusal) as why:
        _stop(str(why))
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def _command(given: argparse.Namespace, settings: Settings) -> Coroutine[Any, Any, int]:
    run: Any = given.run
    return _refused(run(given, settings))


async def _refused(work: Coroutine[Any, Any, int]) -> int:
    """A start that is refused ends with one clear line and exit code 2."""
    gc.disable()  # what is imported stays: to look for garbage in it is a tenth of a start
    from gateway.commands.backup import CannotRestore
    from gateway.serve import CannotServe
    from gateway.wiring import SchemaNewer

    gc.freeze()
    gc.set_threshold(YOUNG)
    gc.enable()
    refusals = (CannotServe, CannotRestore, SchemaNewer)
    try:
        return await work
    except refusals as why:
        _stop(str(why))
    except BaseExceptionGroup as group:
        first = _first(group)
        if isinstance(first, refusals):
            _stop(str(first))
        raise first from group


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner


def _stop(words: str) -> NoReturn:
    print(f"onestop: {words}", file=sys.stderr, flush=True)
    raise SystemExit(2)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="onestop", description="The contact centre that one command starts.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_serving(commands)
    _add_people(commands)
    _add_keeping(commands)
    return parser


def _add_serving(commands: Any) -> None:
    serve = commands.add_parser("serve", help="run the contact centre")
    serve.add_argument("--sample", action="store_true", help="load the sample city into an empty database first")
    serve.add_argument("--only", default="", help="roles of this process: http, smtp, workers (PostgreSQL)")
    serve.set_defaults(run=_serve)
    simulate = commands.add_parser("simulate", help="drive live traffic through the real channels")
    simulate.add_argument("--rate", type=float, default=6.0, help="contacts a minute")
    simulate.add_argument("--minutes", type=float, default=10.0)
    simulate.add_argument("--seed", type=int, default=1)
    simulate.add_argument("--telegram", action="store_true", help="instead: a Bot API, with people who write to a bot")
    simulate.add_argument("--twilio", action="store_true", help="instead: a provider of texts, with people who text")
    simulate.add_argument("--faults", default="", help="of the provider: all, or such as duplicate=0.2,delay=0.1")
    simulate.add_argument("--port", type=int, default=8090, help="of the provider")
    simulate.set_defaults(run=_simulate)
    bench = commands.add_parser("bench", help="measure: intake, routing, fanout, search, recovery …")
    bench.add_argument("name")
    bench.add_argument("--json", action="store_true", help="print one JSON document")
    bench.add_argument("--long", action="store_true", help="take more than 45 seconds")
    bench.set_defaults(run=_bench)


def _add_people(commands: Any) -> None:
    user = commands.add_parser("user", help="people who work here").add_subparsers(required=True, metavar="add")
    add = user.add_parser("add", help="add somebody, and print a one-time sign-in link")
    add.add_argument("email")
    add.add_argument("--role", choices=("agent", "supervisor", "admin"), default="agent")
    add.add_argument("--name", default="")
    add.set_defaults(run=_add_user)
    token = commands.add_parser("token", help="make an API token; it alone is printed on stdout")
    token.add_argument("email")
    token.add_argument("--scopes", default="", help="comma-separated; none: all of the owner's rights")
    token.set_defaults(run=_token)


def _add_keeping(commands: Any) -> None:
    commands.add_parser("migrate", help="bring the schema up to this version").set_defaults(run=_migrate)
    commands.add_parser("doctor", help="look at the configuration and the doors").set_defaults(run=_doctor)
    for name, run, text in (
        ("backup", _backup, "write record and files into one archive"),
        ("restore", _restore, "bring an archive back into an empty place"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("file", type=Path)
        command.set_defaults(run=run)
    verify = commands.add_parser("verify", help="walk the audit chain")
    verify.add_argument("--anchor", help="a head kept elsewhere: position:hash")
    verify.set_defaults(run=_verify)
    erase = commands.add_parser("erase", help="forget a person; --finish: in the bytes of the database, too")
    erase.add_argument("customer", nargs="?", help="the customer's id; none: say what is to be finished")
    erase.add_argument("--reason", choices=("asked", "withdrawn", "over", "unlawful", "kin"), default="asked")
    erase.add_argument("--reference", default="", help="the file number it was asked under")
    erase.add_argument("--finish", action="store_true", help="write the database anew; name the backups")
    erase.set_defaults(run=_erase)
    commands.add_parser("rekey", help="seal every secret with the newest key").set_defaults(run=_rekey)


async def _serve(given: argparse.Namespace, settings: Settings) -> int:
    from gateway.serve import ROLES, CannotServe, Plan, serve

    roles = frozenset(part.strip() for part in given.only.split(",") if part.strip()) or ROLES
    if roles - ROLES:
        raise CannotServe(f"--only takes http, smtp and workers, not {', '.join(sorted(roles - ROLES))}.")
    return await serve(settings, Plan(roles, sample=given.sample))


async def _simulate(given: argparse.Namespace, settings: Settings) -> int:
    from gateway.commands.simulated import Run

    run = Run(given.rate, given.minutes, given.seed, faults=given.faults, port=given.port)
    if given.telegram:
        from gateway.commands import chatting

        return await chatting.simulate(settings, run)
    if given.twilio:
        from gateway.commands import texting

        return await texting.simulate(settings, run)
    from gateway.city.simulate import simulate

    return await simulate(settings, rate=given.rate, minutes=given.minutes, seed=given.seed)


async def _bench(given: argparse.Namespace, _settings: Settings) -> int:
    from gateway.commands.bench import bench

    return await bench(given.name, long=given.long)


async def _add_user(given: argparse.Namespace, settings: Settings) -> int:
    from gateway.commands.people import add_user

    return await add_user(settings, given.email, role=given.role, name=given.name)


async def _token(given: argparse.Namespace, settings: Settings) -> int:
    from gateway.commands.people import make_token

    return await make_token(settings, given.email, scopes=given.scopes)


async def _migrate(_given: argparse.Namespace, settings: Settings) -> int:
    from gateway.wiring import migrate

    print(f"The schema is at {await migrate(settings)}.")
    return 0


async def _doctor(_given: argparse.Namespace, settings: Settings) -> int:
    from gateway.commands.doctor import doctor

    return await doctor(settings)


async def _backup(given: argparse.Namespace, settings: Settings) -> int:
    from gateway.commands.backup import backup

    return await backup(settings, given.file)


async def _restore(given: argparse.Namespace, settings: Settings) -> int:
    from gateway.commands.backup import restore

    return await restore(settings, given.file)


async def _verify(given: argparse.Namespace, settings: Settings) -> int:
    from gateway.commands.verify import verify

    return await verify(settings, anchor=given.anchor)


async def _erase(given: argparse.Namespace, settings: Settings) -> int:
    from gateway.commands.erase import erase, finish

    if given.finish:
        return await finish(settings)
    return await erase(settings, given.customer, reason=given.reason, reference=given.reference)


async def _rekey(_given: argparse.Namespace, settings: Settings) -> int:
    from gateway.commands.rekey import rekey

    return await rekey(settings)


if __name__ == "__main__":
    main()
