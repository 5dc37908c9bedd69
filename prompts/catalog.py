"""The prompts: one Markdown file each, with a TOML head that names its arguments.

A file starts with `+++`, the head (title, description, a table for each argument), `+++`, and then the text, in which
`$name` stands for an argument's value.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from string import Template

_TOOL = re.compile(r"`([a-z]+(?:_[a-z]+)+)(?:`| \{)")
_MAX_VALUE = 2000


class PromptError(ValueError):
    """Arguments that do not fit a prompt. The text is ours and can be shown."""


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument; `default` is what the text says when it is left out, `complete` what clients can complete it to."""

    name: str
    description: str
    required: bool
    default: str
    complete: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt, as its file has it."""

    name: str
    title: str
    description: str
    arguments: tuple[Argument, ...]
    text: str

    @property
    def tools(self) -> frozenset[str]:
        """The tools that the text names."""
        return frozenset(_TOOL.findall(self.text))

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the text with the arguments' values.

        Raises:
            PromptError: an argument is missing, unknown or too long.
        """
        if any(len(value) > _MAX_VALUE for value in values.values()):
            raise PromptError(f"an argument may have at most {_MAX_VALUE} characters")
        given = {name: _on_one_line(value) for name, value in values.items()}
        self._check(given)
        filled = {argument.name: given.get(argument.name) or argument.default for argument in self.arguments}
        return Template(self.text).substitute(filled)

    def _check(self, given: Mapping[str, str]) -> None:
        known = {argument.name for argument in self.arguments}
        unknown = sorted(given.keys() - known)
        missing = [argument.name for argument in self.arguments if argument.required and not given.get(argument.name)]
        if unknown or missing:
            problem = "unknown argument" if unknown else f"{missing[0]} is required"
            raise PromptError(f"{problem}; the arguments are: {', '.join(sorted(known)) or 'none'}")


def _on_one_line(value: str) -> str:
    """Return a value that can neither pose as a step of the prompt nor close the quotes around it."""
    visible = "".join(character if character.isprintable() else " " for character in value)
    return " ".join(visible.replace('"', "'").split())


def load_prompts() -> tuple[Prompt, ...]:
    """Return every prompt there is, by name."""
    found = (entry for entry in files("prompts").iterdir() if entry.name.endswith(".md"))
    return tuple(
        read_prompt(entry.name.removesuffix(".md"), entry.read_text("utf-8")) for entry in sorted(found, key=str)
    )


def read_prompt(name: str, source: str) -> Prompt:
    """Return the prompt in a file's text.

    Raises:
        ValueError: the head is missing or is not TOML.
        KeyError: the head lacks a title or a description.
    """
    _, head, text = source.split("+++\n", 2)
    about = tomllib.loads(head)
    arguments = tuple(_argument(name, argument) for name, argument in about.get("arguments", {}).items())
    return Prompt(name, about["title"], about["description"], arguments, text.strip())


def _argument(name: str, about: Mapping[str, str]) -> Argument:
    """Return an argument; one without a default is required."""
    return Argument(
        name, about["description"], "default" not in about, about.get("default", ""), about.get("complete", "")
    )
