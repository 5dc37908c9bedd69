"""Programs that clients start: looked at, and never started.

Whoever wrote a project's folder names programs in its files, and whatever a program does, it would do it with what is
in this environment.
"""

import os
import re
import shutil
import sys
from pathlib import Path

from server.doctor.given import may_hold_a_secret
from server.version import NAME
from tools.text import clean

_HEAD = 1_000
"""Bytes of a script in which its interpreter is named."""

_INTERPRETER = re.compile(rb"#!(?:/bin/sh\n'''exec' (?:\"([^\"\n]+)\"|'([^'\n]+)'|(\S+))|[ \t]*(\S+))")
"""How a script names its interpreter; installers go by way of sh where that is a long path, or has a space in it."""

_PACKAGES = ("lib*/python*/site-packages", "Lib/site-packages")


def shown_command(command: str) -> str:
    """Return a command as it may be shown: one with variables or arguments in it may have a secret there."""
    if re.search(r"[\s=]", command) or may_hold_a_secret(command):
        return "a command that is not shown here"
    return clean(command, 200)


def program_of(command: str) -> Path | None:
    """Return the program that a command starts; None where there is none, as far as this terminal's PATH tells."""
    found = shutil.which(os.path.expandvars(os.path.expanduser(command)))  # noqa: PTH111 - it need not be a path
    return None if found is None or not os.path.isfile(found) else Path(found).absolute()  # noqa: PTH113 - never raises


def lacks_its_interpreter(program: Path) -> bool:
    """Tell whether a program is a script of a Python that is gone, as of an environment that was removed or moved."""
    try:
        with program.open("rb") as script:
            named = _INTERPRETER.match(script.read(_HEAD))
        interpreter = Path(os.fsdecode(next(filter(None, named.groups())))) if named else None
        return interpreter is not None and interpreter.is_absolute() and not interpreter.exists()
    except (OSError, ValueError):
        return False


def version_of(program: Path) -> str | None:
    """Return the version of another installation of this server, as it stands in the folder of its packages.

    Nothing is returned for what is no such installation, and for the one that this is.
    """
    try:
        real = program.resolve()
        if real == Path(sys.executable).with_name(real.name).resolve() or real.name.removesuffix(".exe") != NAME:
            return None
        package = f"{NAME.replace('-', '_')}-*.dist-info"
        found = [path for folder in _PACKAGES for path in real.parent.parent.glob(f"{folder}/{package}")]
    except (OSError, RuntimeError, ValueError):
        return None
    return clean(found[0].name.removesuffix(".dist-info").rpartition("-")[2], 30) if len(found) == 1 else None
