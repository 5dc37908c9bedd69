"""Patterns with wildcards, as rules write them."""

import fnmatch
import re


class Glob:
    """A pattern for a whole text: `*` is any run of characters, `?` is any one, and case does not matter.

    Brackets stand for themselves, because names of tasks have them: `[test]*` is what starts with `[test]`.
    How long matching takes grows with the text's length, not faster: what follows a `*` is looked for once.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._pattern = re.compile(fnmatch.translate(text.casefold().replace("[", "[[]")))

    @property
    def is_literal(self) -> bool:
        """Whether it has no wildcard, and so stands for one text only."""
        return "*" not in self.text and "?" not in self.text

    def matches(self, text: str) -> bool:
        """Tell whether the whole of `text` is what the pattern stands for."""
        return self._pattern.match(text.casefold()) is not None
