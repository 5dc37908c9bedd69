"""The page of prompts."""

from collections.abc import Iterator

from prompts.catalog import Prompt, load_prompts
from tests.reference.tables import code, table

_HEAD = """\
# Prompts

A prompt is a job in words: it tells the assistant which tools to use for it, and in which order. Hosts offer them in a
menu or behind a slash. A prompt is offered where all tools that it names are.
"""


def prompts() -> str:
    """Return the page."""
    return "\n".join([_HEAD, *(part for prompt in load_prompts() for part in _prompt(prompt))])


def _prompt(prompt: Prompt) -> Iterator[str]:
    yield f"## {code(prompt.name)}\n"
    yield f"**{prompt.title}.** {prompt.description}\n"
    if prompt.arguments:
        rows = [(code(one.name), "yes" if one.required else "no", one.description) for one in prompt.arguments]
        yield f"{table(('argument', 'required', 'meaning'), rows)}\n"
    yield f"It uses {', '.join(code(name) for name in sorted(prompt.tools))}.\n"
