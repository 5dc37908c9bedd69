"""The folders of this machine in which clients keep their configuration."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Machine:
    """What is known of the machine and of the person.

    Attributes:
        platform: `linux`, `darwin` or `win32`, as `sys.platform` has it.
        home: The person's own folder.
        project: The folder in which the command runs.
        environment: Variables that move folders; credentials are looked for in it only where that is asked for.
    """

    platform: str
    home: Path
    project: Path
    environment: Mapping[str, str] = field(repr=False)

    def variable(self, name: str, otherwise: Path) -> Path:
        """Return the folder that a variable names, where it names one from the root."""
        value = self.environment.get(name, "")
        return Path(value) if value and Path(value).is_absolute() else otherwise

    @property
    def applications(self) -> Path:
        """Where desktop applications keep their data.

        Electron's documentation of `app.getPath("appData")` has it: `%APPDATA%`, `~/Library/Application Support`,
        `$XDG_CONFIG_HOME` or `~/.config`.
        """
        if self.platform == "win32":
            return self.variable("APPDATA", self.home / "AppData" / "Roaming")
        if self.platform == "darwin":
            return self.home / "Library" / "Application Support"
        return self.settings

    @property
    def settings(self) -> Path:
        """Where programs keep settings that follow the XDG rules, on macOS too."""
        return self.variable("XDG_CONFIG_HOME", self.home / ".config")


def this_machine() -> Machine:
    """Return the machine on which this runs."""
    return Machine(sys.platform, Path.home(), Path.cwd(), os.environ)
