"""`onestop rekey`: seals every secret with the newest key."""

from config.settings import Settings
from crm_core.actions import rekeying
from crm_core.model.actor import Actor
from crm_core.queries import setup
from gateway.wiring import build

OPERATOR = Actor.worker("operator")


async def rekey(settings: Settings) -> int:
    """Print how many secrets were sealed anew; 1 where some could not be opened by any key given."""
    done = lost = 0
    async with build(settings) as house:
        for inbox in house.keeper.setup.inboxes:
            sealed = await house.desk.ask(OPERATOR, setup.sealed, inbox.id)
            opened = {name: house.keys.open(value, bound_to=f"{inbox.id}/{name}") for name, value in sealed.items()}
            again = {
                name: house.keys.seal(plain, bound_to=f"{inbox.id}/{name}")
                for name, plain in opened.items()
                if plain is not None
            }
            if again:
                await house.desk.do(OPERATOR, rekeying.seal_again, inbox.id, again)
            done, lost = done + len(again), lost + len(opened) - len(again)
    print(f"{done} secrets sealed with the newest key.")
    if lost:
        print(f"{lost} could not be opened with any key given: enter them again in the console.")
    return 1 if lost else 0
