"""Where a client's file really is, which links can make another place than the one that was asked for."""

import os.path
from pathlib import Path

from server.installing.refused import Refused
from server.installing.wish import Wish


def asked_for(wish: Wish) -> Path:
    """Return the full path that was asked for, with no link followed."""
    return Path(os.path.abspath(wish.file))  # noqa: PTH100 - pathlib takes `..` away only by following links


def check_inside(wish: Wish, real: Path) -> None:
    """Refuse a project's file that links lead out of the project: who made them may be whoever made the project.

    Raises:
        Refused: it is elsewhere.
    """
    inside = real.is_relative_to(wish.project.resolve())
    if wish.scope == "project" and not inside and real != asked_for(wish):
        raise Refused(
            f"links lead from there out of this project, to {real}. Leave --yes out to be asked, or name that file "
            "with --path"
        )
