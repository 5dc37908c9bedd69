"""An account that may not do everything: what is forbidden is not forbidden to root, as whom tests may run."""

import os
from collections.abc import Generator
from contextlib import contextmanager

_NOBODY = 65_534


@contextmanager
def unprivileged() -> Generator[None]:
    """Be such an account inside of this; who is one already, stays it."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
