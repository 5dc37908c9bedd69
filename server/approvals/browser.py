"""A browser on the desk of whoever runs this process."""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

_OPENERS = ("xdg-open", "gio", "x-www-browser", "gnome-open", "firefox", "chromium", "google-chrome")


class Browser:
    """The user's own browser, found the way Python's `webbrowser` finds it."""

    def can_open(self) -> bool:
        """Tell whether a page can be brought before somebody: not where a terminal is all there is."""
        if os.environ.get("BROWSER") or sys.platform in ("win32", "darwin"):
            return True
        has_screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        return bool(has_screen) and any(map(shutil.which, _OPENERS))

    def open(self, address: str) -> None:
        """Open an address. Never fails and never waits; whether somebody looks is not known.

        In a process of its own, without our stdin and stdout: those may belong to the protocol, and browsers print.
        Python is isolated there, and in no folder of anybody's: a host may have started this server in a folder with a
        webbrowser.py of its own, which would get to know the address.
        """
        command = [sys.executable, "-I", "-m", "webbrowser", address]
        nowhere = subprocess.DEVNULL
        try:
            opening = subprocess.Popen(  # noqa: S603 - our own interpreter, and an address of ours
                command,
                cwd=Path(sys.executable).parent,
                stdin=nowhere,
                stdout=nowhere,
                stderr=nowhere,
                start_new_session=True,
            )
        except OSError:
            return
        threading.Thread(target=opening.wait, daemon=True).start()
