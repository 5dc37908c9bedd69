"""The task board as a document: one page in itself, and nothing in it that could run what it did not bring along."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from importlib.resources import files

from server.apps.board import board, board_for

LARGEST = 200
SOURCES = {path.name: path.read_text("utf-8") for path in files("server.apps").joinpath("page").iterdir()}


class Parts(HTMLParser):
    """What a browser makes of a page: its elements, their attributes, and the texts of its script and style."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside in ("script", "style"):
            self.texts[self.inside] = self.texts.get(self.inside, "") + data


def test_its_policy_names_its_one_script_and_its_one_style_and_allows_nothing_else() -> None:
    parts = Parts(board())
    tags = [tag for tag, _ in parts.elements]
    assert tags.count("script") == tags.count("style") == 1
    (policy,) = [given["content"] for _, given in parts.elements if "http-equiv" in given]
    hashes = {
        tag: f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for tag, text in parts.texts.items()
    }
    assert policy == (
        f"default-src 'none'; script-src {hashes['script']}; style-src {hashes['style']}; base-uri 'none'; "
        "form-action 'none'"
    )
    first = next(tag for tag, given in parts.elements if tag in ("script", "style") or "http-equiv" in given)
    assert first == "meta"


def test_it_loads_nothing_and_no_attribute_of_it_runs_anything() -> None:
    for tag, given in Parts(board()).elements:
        assert not {"src", "href", "srcdoc", "style", "action"} & given.keys(), tag
        assert not [name for name in given if name.startswith("on")], tag
        assert tag not in ("form", "a", "iframe", "object", "embed", "link", "img")


def test_it_makes_elements_from_no_text() -> None:
    script = "".join(text for name, text in SOURCES.items() if name.endswith(".js"))
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "DOMParser",
                "createContextualFragment", "javascript:", "fetch(", "XMLHttpRequest", "localStorage", "srcdoc",
                "setHTMLUnsafe", "import("):  # fmt: skip
        assert way not in script, way


def test_nothing_of_the_sources_is_left_to_fill_in() -> None:
    assert not re.search(r"\{(script|style|script-hash|style-hash|version)\}", board())


def test_its_sources_are_small_enough_to_be_read() -> None:
    assert {name.rpartition(".")[2] for name in SOURCES} == {"html", "css", "js"}
    for name, text in SOURCES.items():
        assert len(text.splitlines()) <= LARGEST, name


def test_it_says_which_tools_there_are() -> None:
    page = board_for(["get_task", "list_tasks"])
    assert Parts(page).elements[0] == ("html", {"lang": "en", "data-tools": "get_task list_tasks"})
    assert Parts(page).texts == Parts(board()).texts


def test_it_is_put_together_once() -> None:
    assert board() is board()
