"""The garbage collector around the start: it has nothing to find while modules are loaded, and looks often."""

import gc


def put_off_collecting() -> None:
    """Collect nothing until the server runs."""
    gc.disable()


def take_up_collecting() -> None:
    """Collect again, past what was loaded at start."""
    gc.freeze()
    gc.enable()
