"""The person who runs this process."""

import os
import sys


def account() -> str:
    """Return the name of the account that this process runs under; `local user` where there is none."""
    if sys.platform == "win32":
        return "local user"
    # The account itself, and no variable of the environment, which anybody may set.
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return "local user"
