"""Where settings come from. Nothing else takes them from the environment.

A setting comes from a flag, else from the environment, else from the file named with `--env-file`, else its default
holds. A `.env` file in the working directory is not read unless it is named: a host may start this server in any
folder, and a file lying there must not be able to send the credentials elsewhere or to switch the guard off.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from server.setting_names import check_meant, check_names
from server.settings import Settings, SettingsError

if TYPE_CHECKING:
    from dotenv.parser import Binding

NAMES = frozenset(field.alias or "" for field in Settings.model_fields.values())
"""The settings that there are, by their names in the environment."""

SpanExporter = Literal["otlp", "console", "other"]


def load_settings(env_file: Path | None = None, flags: Mapping[str, Any] | None = None) -> Settings:
    """Return the settings.

    Args:
        env_file: A file of `NAME=value` lines, read where flags and environment say nothing.
        flags: Settings from the command line, by their environment names.

    Raises:
        SettingsError: naming the first thing to mend.
    """
    try:
        outside = _from_outside(env_file)
        known = {name: value for name, value in outside.items() if name in NAMES}
        settings = Settings.model_validate({**known, **(flags or {})})
        if settings.uses_sandbox:
            check_meant(outside)
    except ValidationError as error:
        raise SettingsError(_line(error)) from None
    except ValueError as error:
        raise SettingsError(str(error)) from None
    return settings


def is_file(path: Path) -> bool:
    """Tell whether there is a file. What is none must not be opened: reading a pipe could wait for ever.

    Raises:
        OSError: that may not be known.
    """
    try:
        return S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False


def bindings_of(env_file: Path) -> "Sequence[Binding]":
    """Return the lines of a file of settings, as the parser takes them apart.

    Raises:
        SettingsError: there is none, or it cannot be read.
    """
    from dotenv.parser import parse_stream

    try:
        if not is_file(env_file):
            raise SettingsError(f"--env-file: there is no file {env_file}")
        with env_file.open(encoding="utf-8") as stream:
            return list(parse_stream(stream))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise SettingsError(f"--env-file: {env_file} cannot be read ({why})") from None


def span_exporter() -> SpanExporter | None:
    """Return how spans are to be sent out, by the variables that OpenTelemetry's own programs share; None for not."""
    given = {name: value.strip().lower() for name, value in os.environ.items() if name.startswith("OTEL_") and value}
    sent_to = given.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", given.get("OTEL_EXPORTER_OTLP_ENDPOINT"))
    chosen = given.get("OTEL_TRACES_EXPORTER", "otlp" if sent_to else "none")
    if given.get("OTEL_SDK_DISABLED") == "true" or chosen == "none":
        return None
    protocol = given.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", given.get("OTEL_EXPORTER_OTLP_PROTOCOL"))
    if chosen == "console":
        return "console"
    return "otlp" if chosen == "otlp" and protocol in (None, "http/protobuf") else "other"


def _from_outside(env_file: Path | None) -> dict[str, str]:
    """Return what stands in the environment and, below it, in the file; what is set to nothing is not set."""
    found: dict[str, str] = {}
    for source in (_lines_of(env_file), dict(os.environ)):
        check_names(source, NAMES)
        found.update({name: value for name, value in source.items() if value})
    return found


def _lines_of(env_file: Path | None) -> dict[str, str]:
    """Return the settings in a file, as they stand there: nothing in a secret is expanded.

    Raises:
        SettingsError: it cannot be read, or a line of it is no setting; the line is not repeated.
    """
    if env_file is None:
        return {}
    lines = bindings_of(env_file)
    for line in lines:
        if line.error or (line.key and line.value is None):
            raise SettingsError(f"--env-file: {env_file}, line {line_of(line)}: expected NAME=value")
    return {line.key: line.value or "" for line in lines if line.key}


def line_of(binding: "Binding") -> int:
    """Return the line in which a setting stands: the parser counts from the empty lines before it."""
    text = binding.original.string
    return binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")


def _line(error: ValidationError) -> str:
    return wrong_values(error)[0]


def wrong_values(error: ValidationError) -> list[str]:
    """Return pydantic's findings, each as one line: which setting, and what was expected of it."""
    return [_said(finding) for finding in error.errors(include_url=False, include_input=False, include_context=False)]


def _said(finding: Mapping[str, Any]) -> str:
    name = ".".join(str(step) for step in finding["loc"][:1])
    message = finding["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
    return f"{name}: {message}" if name else message
