"""What the MCP registry takes as server.json, as far as this server's goes.

Written from the registry's documentation (github.com/modelcontextprotocol/registry, docs/reference/server-json): no
package of an index brings its schema along, and it is not ours to copy. Stricter than that: what is unknown is refused.
"""

import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from server.settings import Settings
from tests.judges.environments import Failed


def _exact(version: str) -> str:
    """Refuse what is no version, but a range of them.

    Raises:
        ValueError: it is one.
    """
    if version == "latest" or re.search(r"[\^~<>=*|\s]|(^|\.)[xX](\.|$)", version):
        raise ValueError("it has to be one version, neither a range nor the latest")
    return version


Version = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_exact)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Stdio(_Strict):
    """How a package that is started is spoken to."""

    type: Literal["stdio"]


class Variable(_Strict):
    """A variable of the environment that somebody is asked for."""

    name: str
    description: Annotated[str, Field(min_length=1)]
    isRequired: bool  # noqa: N815 - the format's own names
    isSecret: bool  # noqa: N815
    format: Literal["string", "number", "boolean", "filepath"] = "string"
    default: str | None = None


class Package(_Strict):
    """A package on the Python index, the only registry of that kind from which the MCP registry takes any."""

    registryType: Literal["pypi"]  # noqa: N815
    identifier: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    version: Version
    runtimeHint: Literal["uvx"]  # noqa: N815
    transport: Stdio
    environmentVariables: list[Variable]  # noqa: N815


class Server(_Strict):
    """The whole of it."""

    schema_: Annotated[str, Field(alias="$schema", pattern=r"^https://\S+/\d{4}-\d\d-\d\d/server\.schema\.json$")]
    name: Annotated[str, Field(min_length=3, max_length=200, pattern=r"^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$")]
    title: Annotated[str, Field(min_length=1, max_length=100)]
    description: Annotated[str, Field(min_length=1, max_length=100)]
    version: Version
    packages: Annotated[list[Package], Field(min_length=1)]


def read(path: Path) -> Server:
    """Return a server.json that is as it has to be.

    Raises:
        Failed: with the first thing that is not.
    """
    content: Any = json.loads(path.read_text("utf-8"))
    try:
        server = Server.model_validate(content)
    except ValidationError as error:
        finding = error.errors(include_url=False)[0]
        raise Failed(f"{'.'.join(map(str, finding['loc']))}: {finding['msg']}") from None
    _check_variables(server)
    return server


def _check_variables(server: Server) -> None:
    known = {field.alias for field in Settings.model_fields.values()}
    for package in server.packages:
        unknown = {variable.name for variable in package.environmentVariables} - known
        if unknown:
            raise Failed(f"there is no setting {', '.join(sorted(unknown))}")
        for variable in package.environmentVariables:
            if variable.isSecret and variable.default is not None:
                raise Failed(f"{variable.name} is a secret and has a default")
