"""What is generated for those who list and install this server: server.json and the manifest of the .mcpb bundle.

`python -m tests.generate` writes both; tests/contract compares.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from server.version import NAME, VERSION
from tests.packaging.facts import REGISTRY_NAME, ROOT, TITLE, asked, in_words, is_secret, parts, project
from tools.catalog import OPERATIONS
from tools.contract import AnyOperation

SERVER = ROOT / "server.json"
MANIFEST = ROOT / "deploy" / "mcpb" / "manifest.json"
ICON = "icon.png"
# The revision of the registry's format, github.com/modelcontextprotocol/registry, docs/reference/server-json.
_FORMAT = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"
_TITLES = {
    "api_key": "API key",
    "api_secret": "API secret",
    "gateway_url": "Gateway",
    "read_only": "Read only",
    "policy": "Policy file",
}
_LONG = """\
Find, explain, create, change, start, stop and delete the tasks of a Waylay rules engine. Nothing is stopped or \
deleted without consent for exactly that, and what was changed can be undone.

Without a key it serves a built-in sandbox: try it first, and enter your key later."""


def server_json() -> str:
    """Return what the MCP registry is told: where the package is, how it is run, which settings it asks for."""
    package = {
        "registryType": "pypi",
        "identifier": NAME,
        "version": VERSION,
        "runtimeHint": "uvx",
        "transport": {"type": "stdio"},
        "environmentVariables": [_variable(name, field) for name, field in asked()],
    }
    return _text(
        {
            "$schema": _FORMAT,
            "name": REGISTRY_NAME,
            "title": TITLE,
            "description": project()["description"],
            "version": VERSION,
            "packages": [package],
        }
    )


def _variable(name: str, field: FieldInfo) -> dict[str, Any]:
    told = {"name": field.alias, "description": in_words(field), "isRequired": False, "isSecret": is_secret(field)}
    form = {"boolean": "boolean", "file": "filepath"}.get(_type(field), "string")
    return told | {"format": form} | ({"default": str(field.default).lower()} if form == "boolean" else {})


def manifest() -> str:
    """Return the manifest of the bundle, in the format's revision 0.4, the first that lets uv bring what is compiled.

    How it is started stands there too: the format leaves that to the host, and hosts that know no uv go by it.
    """
    return _text(
        {
            "manifest_version": "0.4",
            "name": NAME,
            "display_name": TITLE,
            "version": VERSION,
            "description": project()["description"],
            "long_description": _LONG,
            "author": {"name": "The authors of Waylay Tasks over MCP"},
            "icon": ICON,
            "license": project()["license"],
            "keywords": project()["keywords"],
            "server": {"type": "uv", "entry_point": "start.py", "mcp_config": _started()},
            "tools": [_tool(operation) for operation in OPERATIONS],
            "prompts_generated": True,
            "compatibility": {
                "platforms": ["darwin", "win32", "linux"],
                "runtimes": {"python": project()["requires-python"]},
            },
            "user_config": {name: _asked(name, field) for name, field in asked()},
        }
    )


def _started() -> dict[str, Any]:
    variables = {field.alias or "": f"${{user_config.{name}}}" for name, field in asked()}
    return {"command": "uv", "args": ["run", "--quiet", "--directory", "${__dirname}", "start.py"], "env": variables}


def _tool(operation: AnyOperation) -> dict[str, str]:
    return {"name": operation.name, "description": f"{operation.description.partition('. ')[0].rstrip('.')}."}


def _asked(name: str, field: FieldInfo) -> dict[str, Any]:
    """Return how a setting is asked for. What is left empty comes out empty, and is not set then."""
    kind = _type(field)
    secret = {"sensitive": True} if is_secret(field) else {}
    default = field.default if kind == "boolean" else ""
    told = {"type": kind, "title": _TITLES[name], "description": in_words(field), "required": False}
    return told | {"default": default} | secret


def _type(field: FieldInfo) -> str:
    if field.annotation is bool:
        return "boolean"
    return "file" if Path in parts(field.annotation) else "string"


def _text(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def descriptions() -> dict[str, str]:
    """Return the files by their paths."""
    return {SERVER.relative_to(ROOT).as_posix(): server_json(), MANIFEST.relative_to(ROOT).as_posix(): manifest()}
