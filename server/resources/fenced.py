"""Text in Markdown that is to be seen as it is."""

import re


def fenced(text: str) -> str:
    """Return a text between fences, which are longer than any run of backticks in it could be."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"
