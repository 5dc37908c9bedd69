"""A command line whose options may stand between its words."""

import argparse
from typing import Any


class MixedParser(argparse.ArgumentParser):
    """A parser that can take options anywhere: argparse itself gives a list of words up at the first option.

    Args:
        mixed: Whether it does.
        given: What every parser is given.
    """

    def __init__(self, *, mixed: bool = False, **given: Any) -> None:
        super().__init__(**given)
        self._mixed = mixed

    # argparse declares this with overloads, which an override would have to repeat.
    def parse_known_args(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, args: Any = None, namespace: Any = None
    ) -> Any:
        """Parse what is given, and return what was understood and the rest."""
        if not self._mixed:
            return super().parse_known_args(args, namespace)
        # It comes back here for each of its two passes.
        self._mixed = False
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._mixed = True
