"""A cell is played: the call is made while the fault hits, and everything that tells what came of it is kept."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mcp import Client
from mcp.types import CallToolResult
from sqlalchemy import select

from server.store.store import Store
from server.store.tables import CHANGES
from tests.faults.act import Act, act
from tests.faults.cell import Cell
from tests.faults.scene import Scene, set_up
from tests.faults.stage import Stage
from tests.support.answers import ACCEPT, User

_LATER = 3600
"""Seconds after which nothing is under way any more."""


@dataclass(slots=True)
class Played:
    """What came of a cell.

    Attributes:
        result: What the call was answered with.
        shows: Whether a good result says what the database has.
        made: How often the sandbox's database shows the change when the call has ended.
        rows: How many changes the journal has then.
        outcome: What it says of the change.
        asked: How many questions were put to the user.
        written: How many requests the sandbox carried out that change something.
        attempted: Those, and the ones that it refused.
        made_later: How often the database shows the change in the end.
        later: What the journal says when the fault is over and somebody looks.
        untouched: Whether another task is as it was.
    """

    result: CallToolResult
    shows: bool
    made: int
    rows: int
    outcome: str | None
    asked: int = 0
    written: int = 0
    attempted: int = 0
    made_later: int = 0
    later: str | None = None
    untouched: bool = False


async def play(cell: Cell, stage: Stage, rng: random.Random, before: int) -> Played:
    """Play a cell; the arguments are those of `act`."""
    async with act(cell, stage, rng, before) as scenery:
        scene = set_up(cell.tool, scenery.sandbox, rng)
        user, era = User(ACCEPT), rng.choice(("auto", "legacy"))
        async with Client(scenery.running.server, mode=era, elicitation_callback=user, cache=None) as client:
            result = await client.call_tool(scene.tool, dict(scene.arguments))
        played = _seen(scene, scenery, result)
        played.asked = len(user.asked)
        await _look_later(scene, scenery, played)
        return played


def _seen(scene: Scene, scenery: Act, result: CallToolResult) -> Played:
    """Return what there is to see as soon as the call has ended."""
    outcomes = _outcomes(scenery.store)
    return Played(
        result,
        shows=not result.is_error and scene.shows(result.structured_content or {}),
        made=scene.made(),
        rows=len(outcomes),
        outcome=outcomes[0] if outcomes else None,
    )


async def _look_later(scene: Scene, scenery: Act, played: Played) -> None:
    """See what there is to see when the fault is over, and all that was under way has come to its end."""
    scenery.plan.lift()
    await scenery.proxy.settled()
    recorder = scenery.sandbox.recorder
    played.written, played.attempted = len(recorder.writes), len(recorder.attempts)
    played.made_later = scene.made()
    played.untouched = scenery.sandbox.status(scene.bystander) == "running"
    played.later = played.outcome
    if played.rows and played.outcome not in ("done", "not_done"):
        scenery.sandbox.clock.advance(_LATER)
        played.later = await _listed(scenery)


async def _listed(scenery: Act) -> str:
    """Do what the server says that one should do: look at the list of changes."""
    server = scenery.another_server()
    async with Client(server.server, cache=None) as client:
        listed: Any = (await client.call_tool("list_changes", {})).structured_content
    await server.calls.aclose()
    return listed["changes"][0]["outcome"]


def _outcomes(store: Store) -> Sequence[str | None]:
    query = select(CHANGES.c.outcome).order_by(CHANGES.c.number.desc())
    return store.database.run_now(lambda connection: connection.execute(query).scalars().all())
