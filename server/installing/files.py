"""Where clients keep their files: in the home folder, and in a project's."""

from collections.abc import Callable
from pathlib import Path

from server.installing.client import Scope
from server.installing.machine import Machine

Files = dict[Scope, Callable[[Machine], Path]]


def at_home(*steps: str, project: tuple[str, ...] = ()) -> Files:
    """Return a file in the home folder and, where there is one, the one in a project."""
    files: Files = {"user": lambda machine: machine.home.joinpath(*steps)}
    return files | in_project(*project) if project else files


def moved(variable: str, folder: str, file: str, *, project: tuple[str, ...] = ()) -> Files:
    """Return a file in a folder of the home folder that a variable can move."""
    files: Files = {"user": lambda machine: machine.variable(variable, machine.home / folder) / file}
    return files | in_project(*project) if project else files


def in_project(*steps: str) -> Files:
    """Return a file in a project."""
    return {"project": lambda machine: machine.project.joinpath(*steps)}
