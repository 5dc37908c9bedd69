"""The page of settings."""

from collections.abc import Iterator

from pydantic.fields import FieldInfo

from server.setting_groups.types import Group
from server.settings import Settings
from tests.reference.tables import code, table

_HEAD = """\
# Settings

A setting comes from a flag, else from the environment, else from the file that `--env-file` names, else its default
holds. The [command line](command-line.md) has the flags. A name that is no setting stops the start, and so does one
that is set to something that does not fit.
"""


def settings() -> str:
    """Return the page."""
    return "\n".join([_HEAD, *(f"{part}\n" for part in _groups())])


def _groups() -> Iterator[str]:
    for group in reversed([base for base in Settings.__bases__ if issubclass(base, Group)]):
        rows = [_row(field) for field in group.model_fields.values()]
        yield f"## {_title(group)}\n\n{table(('variable', 'default', 'meaning'), rows)}"


def _title(group: type[Group]) -> str:
    return (group.__doc__ or "").partition("\n")[0].rstrip(".")


def _row(field: FieldInfo) -> tuple[str, str, str]:
    default = "" if field.default in (None, ()) else code(str(field.default).lower())
    return code(field.alias), default, field.description or ""
