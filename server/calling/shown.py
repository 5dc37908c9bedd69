"""What there is to call, for people in a terminal: the tools, and what one of them takes."""

import argparse
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mcp.types import Tool

from server.calling.values import Schema
from server.version import NAME

_TYPES = {"integer": "NUMBER", "boolean": "true|false", "object": "JSON", "string": "TEXT"}
_SAMPLES = {"integer": "5", "boolean": "true", "object": "@file.json", "string": "TEXT"}
_ENOUGH = 2
"""Arguments in an example of a tool that needs none."""


_END = re.compile("[.;:] ")
"""Where the first thing that a description says ends."""


def listing(tools: Sequence[Tool]) -> str:
    """Return the tools, one on a line, with what they do."""
    width = max(len(tool.name) for tool in tools)
    return "".join(f"{tool.name:{width}}  {_in_short(tool.description or '')}\n" for tool in tools)


def manual(tool: Tool) -> str:
    """Return what a tool does and takes, and an example."""
    manual = argparse.ArgumentParser(
        prog=NAME,
        usage=f"{NAME} call {tool.name} [options] [KEY=VALUE ...]",
        description=tool.description,
        epilog=f"example: {example(tool)}",
        add_help=False,
    )
    required: Sequence[str] = tool.input_schema.get("required", ())
    arguments = manual.add_argument_group("arguments")
    for key, schema in _arguments(tool.input_schema["properties"]):
        arguments.add_argument(f"{key}={_type(schema)}", help=_said(key, schema, needed=key in required))
    manual.add_argument_group("options", f"How values are written, and what else there is: {NAME} call --help")
    return manual.format_help()


def example(tool: Tool) -> str:
    """Return a command line that calls a tool: with what it needs, or with what may be the first thing to try."""
    properties: Mapping[str, Schema] = tool.input_schema["properties"]
    simple = [key for key, schema in properties.items() if schema.get("type") != "object"][:_ENOUGH]
    keys: Sequence[str] = tool.input_schema.get("required", simple)
    return " ".join([NAME, "call", tool.name, *(f"{key}={_sample(key, properties[key])}" for key in keys)])


def _arguments(properties: Mapping[str, Schema], within: str = "") -> Iterator[tuple[str, Schema]]:
    for key, schema in properties.items():
        yield within + key, schema
        yield from _arguments(schema.get("properties", {}), f"{within}{key}.")


def _type(schema: Schema) -> str:
    if schema.get("type") == "array":
        return f"{_type(schema['items'])},..."
    return "|".join(schema["enum"]) if "enum" in schema else _TYPES.get(str(schema.get("type")), "JSON")


def _said(key: str, schema: Schema, *, needed: bool) -> str:
    default: Any = schema.get("default")
    shown = str(default).lower() if isinstance(default, bool) else default
    notes = [*(["required"] if needed else []), *([f"{shown} unless given"] if default is not None else [])]
    notes += [f"at most {schema['maximum']}"] if "maximum" in schema else []
    notes += [f"also {key}.NAME=VALUE"] if schema.get("type") == "object" and "properties" not in schema else []
    description = str(schema.get("description", ""))
    said = " ".join(filter(None, [description, f"({', '.join(notes)})" if notes else ""]))
    return said.replace("%", "%%")


def _sample(key: str, schema: Schema) -> str:
    if schema.get("type") == "string" and "enum" not in schema:
        return key.upper()
    return schema["enum"][0] if "enum" in schema else _SAMPLES.get(str(schema.get("type")), key.upper())


def _in_short(text: str) -> str:
    return _END.split(text)[0].removesuffix(".") + "."
