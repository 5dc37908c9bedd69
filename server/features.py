"""The features of the protocol that are no tools: resources, completion, and subscriptions to what changes."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from server.completing.serving import Completing
from server.prompting import Prompting
from server.resources.offer import Offer
from server.resources.serving import Resources
from server.resources.subscribing import Subscribing

if TYPE_CHECKING:
    from server.completing.completer import Completer
    from server.pipeline import Pipeline
    from server.resources.hearing import Hearing
    from server.resources.reader import Reader
    from server.results import Results
    from server.settings import Settings

Reach = Literal["sessions", "streams", "nobody"]
"""Who can be told of changes.

Where a session lives in this process, all clients can; without sessions only those that listen to a stream; and nobody
where several processes serve, since a change may be made in one and listened for in another.
"""


class Features:
    """Puts it together. What reads is loaded and opened when it is first asked for.

    Args:
        settings: The server's.
        offer: Tells what is offered to who is asking.
        prompting: Knows the prompts.
        open_pipeline: Returns the pipeline, opened.
        clock: Returns epoch seconds.
        reach: Who can be told of changes.
    """

    def __init__(
        self,
        settings: "Settings",
        offer: Offer,
        prompting: Prompting,
        open_pipeline: "Callable[[], Pipeline]",
        *,
        clock: Callable[[], float],
        reach: Reach,
    ) -> None:
        self._settings = settings
        self._open = open_pipeline
        self._clock = clock
        self.resources = Resources(offer, lambda: self._reader)
        self.completing = Completing(prompting, offer, lambda: self._completer)
        self.subscribing = Subscribing(offer, lambda: self._hearing, clock)
        self.has_sessions = reach == "sessions"
        self.has_streams = reach != "nobody"

    @cached_property
    def _results(self) -> "Results":
        from server.results import Results

        return Results(self._settings.output_limit, sandbox=self._settings.uses_sandbox)

    @cached_property
    def _hearing(self) -> "Hearing":
        from server.resources.hearing import Hearing

        return Hearing(self._open().reads, self._results)

    @cached_property
    def _reader(self) -> "Reader":
        from server.resources.reader import Reader

        settings = self._settings
        reader = Reader(
            self._open().reads,
            self._results,
            limit=settings.output_limit,
            sandbox=settings.uses_sandbox,
            clock=self._clock,
        )
        self.subscribing.updates.forgetting.append(reader.forget)
        return reader

    @cached_property
    def _completer(self) -> "Completer":
        from server.completing.completer import Completer
        from server.completing.once import Once

        pipeline = self._open()
        completer = Completer(pipeline.reads, Once(pipeline.upstream, pipeline.workbench))
        self.subscribing.updates.forgetting.append(completer.forget)
        return completer


def reach_over_http(settings: "Settings") -> Reach:
    """Return who can be told of changes by `serve --http`."""
    if settings.workers > 1:
        return "nobody"
    return "streams" if settings.stateless else "sessions"
