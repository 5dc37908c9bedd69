"""Plays deploy/Dockerfile without an engine: its steps in a folder, with its paths moved there, and what it starts."""

import json
import os
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, cast

from dockerfile_parse import DockerfileParser

from tests.judges.environments import Failed
from tests.packaging.facts import ROOT
from tests.packaging.work import expect, said

FILE = ROOT / "deploy" / "Dockerfile"
_IGNORED = FILE.with_name("Dockerfile.dockerignore")
_MOVED = ("/source", "/opt/waylay", "/var/lib/waylay")
_USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass
class Image:
    """What the last stage comes to.

    Args:
        root: The folder that stands for its root.
        python: The folder of commands that stands for its Python's.
    """

    root: Path
    python: Path
    variables: dict[str, str] = field(default_factory=dict[str, str])
    user: int = 0
    entry: list[str] = field(default_factory=list[str])
    command: list[str] = field(default_factory=list[str])
    health: list[str] = field(default_factory=list[str])
    folder: Path = Path("/")

    @property
    def path(self) -> str:
        """Where its commands are looked for, at first."""
        return f"{self.python}:{_USUAL_PATH}"

    def moved(self, text: str) -> str:
        """Return a text with the paths that the image has in the folder."""
        for path in _MOVED:
            text = re.sub(rf"(?<![\w/]){path}(?![\w-])", f"{self.root}{path}", text)
        return text


async def play(image: Image) -> Image:
    """Play every step, and return the image with what came of it.

    Raises:
        Failed: with what a step says that failed, or that there is a step of another kind.
    """
    for instruction, value in _steps():
        match instruction:
            case "FROM":
                _start_stage(image, value)
            case "WORKDIR":
                image.folder = Path(image.moved(value))
                image.folder.mkdir(parents=True)
            case "COPY":
                _copy(image, value.split())
            case "RUN":
                await said(["sh", "-euc", image.moved(value)], {"PATH": image.path, **_reaching()}, image.folder)
            case _:
                _configure(image, instruction, value)
    return image


def _steps() -> Iterator[tuple[str, str]]:
    for step in cast("list[dict[str, Any]]", DockerfileParser(str(FILE)).structure):
        if step["instruction"] != "COMMENT":
            yield step["instruction"], step["value"]


def _reaching() -> Mapping[str, str]:
    """Return what pip needs to reach the index from this machine; for one start it need not compile everything."""
    given = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "HTTP", "http"))}
    return {**given, "PIP_NO_COMPILE": "1"}


def _start_stage(image: Image, value: str) -> None:
    base, _, _ = value.partition(" ")
    expect(re.fullmatch(r"python:3\.\d+-slim-\w+", base) is not None, f"it starts from {base}, which can be anything")
    image.variables, image.entry, image.command, image.user = {}, [], [], 0
    image.folder = image.root


def _copy(image: Image, words: list[str]) -> None:
    *sources, target = words
    if sources[0].startswith("--from"):
        # What a stage leaves is in the folder already, and has to keep its place: an environment cannot be moved.
        expect(sources[1:] == [target] and Path(image.moved(target)).exists(), f"COPY {' '.join(words)} finds nothing")
        return
    for source in sources:
        expect(_is_sent(source), f"{_IGNORED.name} keeps {source} from the build")
        place = image.folder / (source if target == "./" else target)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, place)


def _is_sent(source: str) -> bool:
    sent = True
    for line in _IGNORED.read_text("utf-8").split():
        if fnmatch(source, line.removeprefix("!")):
            sent = line.startswith("!")
    return sent


def _configure(image: Image, instruction: str, value: str) -> None:
    match instruction:
        case "ENV":
            for word in shlex.split(value):
                name, _, text = word.partition("=")
                image.variables[name] = image.moved(text).replace("$PATH", image.path)
        case "USER":
            image.user = int(value.partition(":")[0])
        case "ENTRYPOINT":
            image.entry = json.loads(value)
        case "CMD":
            image.command = json.loads(value)
        case "HEALTHCHECK":
            image.health = json.loads(value[value.index("[") :])
        case "LABEL" | "EXPOSE" | "STOPSIGNAL":
            pass
        case _:
            raise Failed(f"nobody has said how {instruction} is played")
