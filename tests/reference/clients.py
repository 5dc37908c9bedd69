"""The clients that `install` knows: where their files are, and what comes next."""

from pathlib import PurePosixPath

from server.installing.client import Client
from server.installing.clients import all_clients
from server.installing.machine import Machine
from tests.reference.tables import code, prose, table

_HOME, _PROJECT = PurePosixPath("/~"), PurePosixPath("/project")


def clients() -> str:
    """Return a table and a list; where files are is told of Linux."""
    places = table(("client", "`--client`", "your own file", "a project's"), map(_row, all_clients()))
    steps = [f"- **{client.title}**: {prose(client.next_step)}" for client in all_clients()]
    return "\n".join([places, "", "What to do there once it is written:", "", *steps, ""])


def _row(client: Client) -> tuple[str, str, str, str]:
    # A path of Windows has another form than what a page shows, so places are those of a machine that is not this one.
    machine = Machine("linux", _HOME, _PROJECT, {})  # pyright: ignore[reportArgumentType]
    places = {scope: str(place(machine)) for scope, place in client.files.items()}
    user = places.get("user", "").removeprefix("/")
    project = places.get("project", "").removeprefix("/project/")
    return client.title, code(client.name), code(user), code(project)
