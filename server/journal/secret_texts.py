"""Secrets inside of texts: by their looks, and by the names that stand before them."""

import re

from server.callers.made_token import PREFIX
from server.journal.secret_names import is_secret
from server.store.handles import CONFIRMATION

HIDDEN = "…"
LOOKED_AT = 4_000
"""Characters of a text to be shown in which secrets are looked for: of a megabyte that would take seconds."""

_LOOKS = re.compile(
    r"(?i:\b(?:Bearer|Basic|Digest|ApiKey)\s+\S+)"
    r"|(?<=://)(?:\S{1,300}|[^/\s@]+)(?=@)"
    r"|\beyJ[\w-]{5,}(?:\.[\w-]*){0,4}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*)"
    r"|\bhooks\.slack\.com/\S+"
    rf"|(?:{re.escape(CONFIRMATION)}|{PREFIX})[\w-]{{22,}}"
    r"|\b(?:AKIA|ASIA|gh[opsur]_|github_pat_|glpat-|xox[abeprs]-|sk-|[rs]k_live_|AIza|SG\.)[\w.-]{8,}"
)
"""Credentials in headers and in addresses, JSON Web Tokens, private keys, and what those mark who make it, as we do."""

_NAME = re.compile(
    r"""(?<![\w.-])([\w.-]++)(?:\\*["']?(?:\[[\w-]{0,40})?\]?[ \t]*(=>?|%3d|:)[ \t]*|(>)|([ \t]+))""", re.IGNORECASE
)
"""A name before its value, as in `name=value`, `"name": "value"`, `name: value`, `<name>value` and `--name value`."""

_QUOTED = r"""\\+"[^"]*"?|"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?"""
_WORD = re.compile(rf"{_QUOTED}|[^\s&;<]*")
_REST = re.compile(rf"{_QUOTED}|[^\n<]*")
_BLOCK = re.compile(r"[|>]?[-+\d]{0,2}[ \t]*(?:\r?\n[ \t]+[^\n]*)+")
"""Values: after `=` a word, after `:` and `>` the rest of the line, or in YAML the lines below that are set in."""

_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")


def without_secrets_in(text: str) -> str:
    """Return a text in which secrets are hidden; what nobody sees in it hides none, and goes with them."""
    seen = _UNSEEN.sub("", text)
    hidden = _hidden_in(seen)
    return text if hidden == seen else hidden


def _hidden_in(text: str) -> str:
    plain = _LOOKS.sub(HIDDEN, text)
    kept: list[str] = []
    begin = 0
    while found := _NAME.search(plain, begin):
        kept.append(plain[begin : found.end()])
        begin = found.end()
        value = _value_behind(found, plain) if _is_secret(found) else None
        if value:
            kept.append(HIDDEN)
            begin = value.end()
    return "".join([*kept, plain[begin:]])


def _value_behind(found: re.Match[str], plain: str) -> re.Match[str] | None:
    to_the_end = found[3] or found[2] == ":"
    block = _BLOCK.match(plain, found.end()) if to_the_end else None
    return block or (_REST if to_the_end else _WORD).match(plain, found.end())


def _is_secret(found: re.Match[str]) -> bool:
    """Tell whether a value is a secret; `code` is one in a query alone, where functions are opened with it."""
    if found[4] and not found[1].startswith("-"):
        return False
    return is_secret(found[1]) or (found[1].lower() == "code" and found[2] == "=")
