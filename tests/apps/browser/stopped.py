"""Time in the browser that goes on only when a test moves it: however slow a machine is, nothing is over meanwhile."""

from tests.apps.hosted import Hosted


async def stop_the_clock(board: Hosted) -> None:
    """Stop it; it has to be one that can be moved on."""
    now: float = await board.tab.evaluate("Date.now() / 1000")
    # It can be stopped at a time to come alone, which has to come before anything that the board waits for.
    await board.tab.clock.pause_at(now + 20)
