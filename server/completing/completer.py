"""Finds what a text could become, with one small request at most."""

import logging
import re
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping
from functools import partial
from typing import Any

import anyio

from server.cache import Cache
from server.completing.found import Found, all_of, some_of
from server.completing.kinds import WORDS
from server.completing.rows import Rows, rows_of
from server.errors import CallFailure
from server.reads import Context, Reading, Reads
from tools.contract import Api

logger = logging.getLogger("waylay_tasks_mcp.completing")

_LIST = "list_tasks"
_SECONDS = 30.0
"""For how long what was found serves for the next keystrokes."""

_PATIENCE = 2.0
"""Seconds after which nobody waits for a completion any more."""

_MOST_TASKS = 20
"""Tasks by name: more than a menu shows."""

_FIRST: Mapping[str, Any] = {"hits": 100, "fields": ["template", "tags"]}
"""The first page: what tags, templates and the beginnings of IDs are looked for in."""

_ID = re.compile(r"[0-9a-fA-F]{8}[0-9a-fA-F-]*")
"""What an ID begins like, and no name does."""

_COULD_BE_AN_ID = re.compile(r"[0-9a-fA-F]+")
"""What an ID begins like, and names do too."""

_WHOLE = 36
"""Characters of an ID as the service makes them."""


class Completer:
    """Completes.

    Args:
        reads: Carries out what reads.
        api: What it reads with.
    """

    def __init__(self, reads: Reads, api: Api) -> None:
        self._reads = reads
        self._api = api
        self._cache = Cache[Rows](_SECONDS)
        self._kinds: Mapping[str, Callable[..., Awaitable[Found]]] = {
            "task": self._tasks,
            "template": self._templates,
            "tag": self._tags,
            "scope": self._scopes,
        }

    async def complete(self, context: Context, kind: str, typed: str) -> Found:
        """Return what a text could become; nothing where that cannot be found out, or not soon.

        Args:
            context: The request.
            kind: What is completed, one of `server.completing.kinds.KINDS`.
            typed: What was typed so far.
        """
        if kind in WORDS:
            return all_of(word for word in WORDS[kind] if _begins(word, typed))
        work = partial(self._kinds[kind], typed=typed)
        with anyio.move_on_after(_PATIENCE):
            try:
                return await self._reads.visit(context, "completion", work, api=self._api, counts=False)
            except CallFailure as failure:
                logger.debug("nothing was completed: %s", failure.kind)
        return Found()

    def forget(self) -> None:
        """Look anew from now on: something has changed."""
        self._cache.forget()

    async def _tasks(self, reading: Reading, typed: str) -> Found:
        if len(typed) >= _WHOLE and _ID.fullmatch(typed):
            return _ids(await self._rows(reading, {"ids": [typed], "hits": 1}))
        if not typed or _ID.fullmatch(typed):
            return _beginning(await self._rows(reading, _FIRST), typed)
        named = _ids(await self._rows(reading, {"name": f"{typed}*", "hits": _MOST_TASKS}))
        known = self._cache.peek(_key(reading, _FIRST)) if _COULD_BE_AN_ID.fullmatch(typed) else None
        return named if known is None else _with_those_begun(known, typed, named)

    async def _templates(self, reading: Reading, typed: str) -> Found:
        return await self._searched(reading, typed, lambda rows: _fitting_templates(rows, typed))

    async def _tags(self, reading: Reading, typed: str) -> Found:
        return await self._searched(reading, typed, lambda rows: _fitting_tags(rows, typed))

    async def _scopes(self, reading: Reading, typed: str) -> Found:
        return await self._searched(
            reading, typed, lambda rows: [*_fitting_tags(rows, typed), *_fitting_templates(rows, typed)]
        )

    async def _searched(self, reading: Reading, typed: str, values: Callable[[Rows], Iterable[str]]) -> Found:
        """Return what fits on the first page; if nothing does, what a search finds, unless that page is new."""
        asked_before = self._cache.peek(_key(reading, _FIRST)) is not None
        rows = await self._rows(reading, _FIRST)
        found = sorted({*values(rows)})
        if found or rows.are_all or not (asked_before and typed):
            return all_of(found) if rows.are_all else some_of(found)
        return some_of(sorted({*values(await self._rows(reading, {**_FIRST, "filter": typed}))}))

    async def _rows(self, reading: Reading, arguments: Mapping[str, Any]) -> Rows:
        # Whether they may is asked each time: what is kept was read under another token, perhaps.
        await reading.check(_LIST, arguments)

        async def make() -> Rows:
            reading.count()
            return rows_of(await reading.outcome(_LIST, arguments))

        return await self._cache.get(_key(reading, arguments), make)


def _key(reading: Reading, arguments: Mapping[str, Any]) -> Hashable:
    return reading.caller.identity, repr(sorted(arguments.items()))


def _ids(rows: Rows) -> Found:
    return Found(tuple(rows.ids), rows.total)


def _beginning(rows: Rows, typed: str) -> Found:
    if not typed:
        return _ids(rows)
    found = [task_id for task_id in rows.ids if _begins(task_id, typed)]
    return all_of(found) if rows.are_all else some_of(found)


def _with_those_begun(known: Rows, typed: str, named: Found) -> Found:
    """Return what was found by name, behind those whose ID begins so, as far as these are known without asking."""
    begun = [task_id for task_id in known.ids if _begins(task_id, typed) and task_id not in named.values]
    if not begun:
        return named
    all_named = named.total is not None and named.total <= len(named.values)
    values = [*begun, *named.values]
    return all_of(values) if all_named and known.are_all else some_of(values)


def _fitting_tags(rows: Rows, typed: str) -> Iterable[str]:
    """Return the tags, as `key=value`, that begin as a text does, with their value or as a whole."""
    for key, value in rows.tags:
        tag = f"{key}={value}"
        if _begins(value, typed) or _begins(tag, typed):
            yield tag


def _fitting_templates(rows: Rows, typed: str) -> Iterable[str]:
    return (template for template in rows.templates if _begins(template, typed))


def _begins(value: str, typed: str) -> bool:
    return value.casefold().startswith(typed.casefold())
