"""The Tasks API for a completion: each request is sent once, because the next keystroke asks anew."""

from typing import Protocol, TypeVar

from tools.contract import Api, Reply, Request
from tools.journal import Journal
from tools.target import Target
from tools.timing import Timetable

ResultT = TypeVar("ResultT")


class Service(Protocol):
    """The Tasks API alone."""

    async def send_once(self, request: Request, returns: type[ResultT]) -> Reply[ResultT]:
        """Send `request`, and do not try again."""
        ...


class Once:
    """Sends requests that read.

    Args:
        service: Sends them.
        api: Has all the rest.
    """

    def __init__(self, service: Service, api: Api) -> None:
        self._service = service
        self._api = api
        self.target: Target | None = None

    @property
    def journal(self) -> Journal:
        """What was changed before."""
        return self._api.journal

    @property
    def timetable(self) -> Timetable:
        """What schedules come to."""
        return self._api.timetable

    async def send(self, request: Request, returns: type[ResultT]) -> Reply[ResultT]:
        """Send a request.

        Raises:
            UpstreamFailure: whichever of its kinds fits.
        """
        return await self._service.send_once(request, returns)
