"""The .mcpb bundle: the three rooms, what starts them, and the names of the packages that uv brings.

No package lies in it: those that are compiled would bind it to one system and one Python. The host's uv fetches them.
"""

import json
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from server.version import NAME, VERSION
from tests.judges.environments import alone, both
from tests.packaging.asking import ask
from tests.packaging.descriptions import ICON, MANIFEST
from tests.packaging.environments import BUNDLER
from tests.packaging.facts import ROOT, project
from tests.packaging.work import BUNDLE, WHEEL, Work, expect, said

ROOMS = ("server", "tools", "prompts")


async def bundled(work: Work) -> str:
    """Put the bundle together, have it validated, and pack it."""
    folder = work.room("bundle")
    with zipfile.ZipFile(WHEEL) as wheel:
        wheel.extractall(folder, [name for name in wheel.namelist() if name.partition("/")[0] in ROOMS])
    for path in (MANIFEST, MANIFEST.with_name("start.py"), MANIFEST.with_name(ICON), ROOT / "LICENSE"):
        shutil.copy(path, folder)
    (folder / "pyproject.toml").write_text(_pyproject(), "utf-8")
    mcpb, variables = BUNDLER.scripts / "mcpb", alone(BUNDLER, work.room("home"))
    verdict = await said([mcpb, "validate", folder / "manifest.json"], variables)
    expect("validation passes" in verdict, verdict)
    await said([mcpb, "pack", folder, BUNDLE], variables)
    return f"{BUNDLE.name}, {BUNDLE.stat().st_size // 1000} kB"


def _pyproject() -> str:
    """Return what uv goes by: the same dependencies, and nothing to build."""
    listed = "".join(f"    {json.dumps(dependency)},\n" for dependency in project()["dependencies"])
    return (
        f'[project]\nname = "{NAME}"\nversion = "{VERSION}"\nrequires-python = "{project()["requires-python"]}"\n'
        f"dependencies = [\n{listed}]\n\n[tool.uv]\npackage = false\n"
    )


async def started_from_bundle(work: Work) -> str:
    """Unpack the bundle as a host does, fill in nothing, and start exactly what its manifest says."""
    folder = work.folder / "unpacked"
    await said([BUNDLER.scripts / "mcpb", "unpack", BUNDLE, folder], alone(BUNDLER, work.room("home")))
    expect(_files(folder) == _files(work.room("bundle")), "packing has left something out")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    started = _as_a_host(manifest, {"__dirname": str(folder)})
    return await ask([started["command"], *started["args"]], work.of_a_user("bundled", **started["env"]), work.folder)


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def _as_a_host(manifest: Mapping[str, Any], variables: Mapping[str, str]) -> Any:
    """Return how the server is started, with the variables filled in; a setting without a value has its default."""
    given = {f"user_config.{name}": _written(asked["default"]) for name, asked in manifest["user_config"].items()}
    text = json.dumps(manifest["server"]["mcp_config"])
    for name, value in {**variables, **given}.items():
        text = text.replace(f"${{{name}}}", json.dumps(value)[1:-1])
    expect("${" not in text, f"not everything is filled in: {text}")
    return json.loads(text)


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


async def refuses_half_a_key(work: Work) -> str:
    """Start it with a key alone: what was entered reaches the server, which says what is missing."""
    half = {"WAYLAY_API_KEY": "key", "WAYLAY_API_SECRET": "${user_config.api_secret}"}
    command = ["uv", "run", "--quiet", "--directory", work.folder / "unpacked", "start.py"]
    _, complaint = await both(command, work.of_a_user("bundled", **half), work.folder)
    expect("WAYLAY_API_SECRET" in complaint and "user_config" not in complaint, f"it says {complaint!r}")
    return complaint.strip().removeprefix(f"{NAME}: ")
