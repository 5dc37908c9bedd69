"""What could come over the wire: JSON-RPC in every state of decay, as bytes."""

import json
from typing import Any

from hypothesis import strategies as st

VERSION, CLIENT, CAPABILITIES = (
    f"io.modelcontextprotocol/{name}" for name in ("protocolVersion", "clientInfo", "clientCapabilities")
)
MODERN, LEGACY = "2026-07-28", "2025-11-25"
ENVELOPE = {VERSION: MODERN, CLIENT: {"name": "fuzz", "version": "1"}, CAPABILITIES: {}}

METHODS = (
    *("initialize", "ping", "server/discover", "tools/list", "tools/call", "prompts/list", "prompts/get"),
    *("resources/list", "resources/read", "resources/templates/list", "resources/subscribe", "completion/complete"),
    *("logging/setLevel", "tasks/get", "tasks/cancel", "tasks/result", "tasks/list", "roots/list"),
    *("sampling/createMessage", "elicitation/create", "notifications/initialized", "notifications/cancelled"),
    *("notifications/progress", "notifications/message", "notifications/tools/list_changed", "", "rpc.discover"),
)
TOOLS = (
    *("list_tasks", "get_task", "get_task_configuration", "stop_task", "delete_task", "list_changes", "undo_change"),
    *("create_task", "replace_task", "start_task", "no_tool", "", "\u202elist_tasks"),
)

_ODD: list[Any] = [10**400, -(2**63), "\ud800", "\x00", "1" * 500, {}, []]
_SCALARS: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.sampled_from(_ODD)
)


def _around(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3)


VALUES: st.SearchStrategy[Any] = st.recursive(_SCALARS, _around, max_leaves=6)
IDS = st.integers(1000, 10**6) | st.text(max_size=8) | VALUES

_DEEP = 20_000
_LONG = 1_000_000
SPECIAL = (
    b"",
    b"\xff\xfe\xfa",
    b"\xef\xbb\xbf{}",
    b"\x00\x01\x02",
    b"null",
    b"[]",
    b"[{}]",
    b'"text"',
    b"NaN",
    b"{",
    b"[" * _DEEP,
    b"[" * _DEEP + b"]" * _DEEP,
    b'{"a":' * _DEEP + b"1" + b"}" * _DEEP,
    b'{"jsonrpc":"2.0","id":1e999,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":' + b"9" * 6000 + b',"method":"ping"}',
    b'{"jsonrpc":"2.0","id":NaN,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":1,"id":2,"method":"ping","method":"tools/list"}',
    b'{"jsonrpc":"2.0","id":-Infinity,"method":"tools/call","params":{"name":"list_tasks","arguments":{"hits":NaN}}}',
    b'{"jsonrpc":"1.0","id":1001,"method":"ping"}',
    b'{"id":1002,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":1003}',
    b'{"jsonrpc":"2.0","id":1004,"result":{}}',
    b'{"jsonrpc":"2.0","id":1005,"error":{"code":1,"message":"no"}}',
    b'{"jsonrpc":"2.0","id":null,"method":"ping"}',
    b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":77,"reason":"\\u202e"}}',
    b'{"jsonrpc":"2.0","method":"notifications/cancelled"}',
    b'{"jsonrpc":"2.0","id":1006,"method":"tools/call","params":{"name":"get_task","arguments":{"task_id":"\\ud800"}}}',
    b'[{"jsonrpc":"2.0","id":1007,"method":"ping"},{"jsonrpc":"2.0","id":1008,"method":"ping"}]',
    b'{"jsonrpc":"2.0","id":1009,"method":"tools/call","params":{"name":"list_tasks","arguments":{"name":"'
    + b"x" * _LONG
    + b'"}}}',
    b'{"jsonrpc":"2.0","id":1010,"method":"' + b"m" * _LONG + b'"}',
)


def requests(task_ids: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    """Return strategies of messages that are at least nearly right; `task_ids` are those that there are."""
    arguments: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
        {},
        optional={
            "task_id": st.sampled_from(task_ids) | VALUES,
            "force_stop": st.booleans() | VALUES,
            "confirmation": st.text(max_size=30) | VALUES,
            "change_id": st.sampled_from(["0123456789", "x"]) | VALUES,
            "specification": VALUES,
            "hits": VALUES,
        },
    )
    call: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
        {"name": st.sampled_from(TOOLS) | VALUES},
        optional={"arguments": arguments | VALUES, "inputResponses": _answers(), "requestState": st.text(max_size=9)},
    )
    params: st.SearchStrategy[Any] = (
        call | VALUES | st.fixed_dictionaries({"protocolVersion": st.sampled_from([LEGACY, MODERN]) | VALUES})
    )
    enveloped = st.builds(_enveloped, call, st.just(ENVELOPE) | VALUES)
    return st.fixed_dictionaries(
        {"jsonrpc": st.just("2.0")},
        optional={
            "id": IDS,
            "method": st.sampled_from(METHODS) | st.just("tools/call") | st.text(max_size=12),
            "params": params | enveloped,
            "result": VALUES,
            "error": VALUES,
            "extra": VALUES,
        },
    )


def _enveloped(params: dict[str, Any], meta: object) -> dict[str, Any]:
    return {**params, "_meta": meta}


def _answers() -> st.SearchStrategy[Any]:
    yes: Any = {"action": "accept", "content": {"confirm": True}}
    return st.just({"confirm": yes}) | VALUES


def bodies(task_ids: tuple[str, ...]) -> st.SearchStrategy[bytes]:
    """Return a strategy of what could be sent as one message."""
    messages = st.builds(_as_json, requests(task_ids), st.booleans())
    return st.one_of(messages, messages, st.builds(_broken, messages, st.data()), st.sampled_from(SPECIAL))


def _as_json(message: dict[str, Any], ascii_only: bool) -> bytes:
    return json.dumps(message, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")


def _broken(message: bytes, data: st.DataObject) -> bytes:
    at = data.draw(st.integers(0, len(message)))
    return message[:at] + data.draw(st.binary(max_size=4)) + message[at + data.draw(st.integers(0, 4)) :]
