"""The wheel and the source distribution, and what server.json says of them."""

import re
import tarfile
import zipfile
from email.message import Message
from email.parser import BytesParser

from server.version import NAME, VERSION
from tests.packaging.descriptions import SERVER
from tests.packaging.environments import BUILD
from tests.packaging.facts import DIST, REGISTRY_NAME, ROOT
from tests.packaging.registry_format import read
from tests.packaging.work import SDIST, WHEEL, Work, expect, of_this_machine, said

NEEDED = ("server.json", "CONTRIBUTING.md", "LICENSE", "Makefile", "deploy/Dockerfile", "deploy/mcpb/manifest.json",
          "tests/packaging/wheels.py")  # fmt: skip


async def built(work: Work) -> str:
    """Build the source distribution, and the wheel from that and not from this folder."""
    for stale in DIST.glob("waylay*"):
        stale.unlink()
    await said([BUILD.commands / "pyproject-build", "--outdir", DIST, ROOT], of_this_machine())
    expect(WHEEL.is_file() and SDIST.is_file(), f"built was {sorted(path.name for path in DIST.iterdir())}")
    return f"{WHEEL.name}, {WHEEL.stat().st_size // 1000} kB; {SDIST.name}, {SDIST.stat().st_size // 1000} kB"


async def fit_for_the_index(work: Work) -> str:
    """Have both looked at by the tool that uploads them."""
    await said([BUILD.commands / "twine", "check", "--strict", WHEEL, SDIST], work.without_network(BUILD))
    return "twine check --strict"


async def nothing_else_in_the_wheel(work: Work) -> str:
    """Have the wheel searched for what does not belong into one."""
    command = [BUILD.commands / "check-wheel-contents", "--toplevel", "server,tools,prompts", WHEEL]
    await said([*command], work.without_network(BUILD), work.folder)
    return "check-wheel-contents"


async def whole_source(work: Work) -> str:
    """Look whether a stranger can go on from the source distribution alone."""
    with tarfile.open(SDIST) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    missing = [name for name in NEEDED if name not in names]
    expect(not missing, f"it has no {', '.join(missing)}")
    return f"{len(names)} files"


async def listed_as_it_is(work: Work) -> str:
    """Hold server.json against the registry's rules, and against the wheel that it leads to."""
    server, wheel = read(SERVER), _metadata()
    expect((server.name, server.version) == (REGISTRY_NAME, VERSION), f"it is {server.name} {server.version}")
    for package in server.packages:
        found = (wheel["Name"], wheel["Version"])
        expect((package.identifier, package.version) == found == (NAME, VERSION), f"the wheel is {found}")
    # The registry looks for this in the description that the index shows, which is the README.
    owner = re.search(r"mcp-name: (\S+)(?= |\n|-->)", str(wheel.get_payload()))
    expect(owner is not None and owner[1] == server.name, f"the README has no line mcp-name: {server.name}")
    return f"{server.name} {server.version}, {len(server.packages[0].environmentVariables)} variables"


def _metadata() -> Message:
    with zipfile.ZipFile(WHEEL) as archive:
        return BytesParser().parsebytes(archive.read(f"waylay_tasks_mcp-{VERSION}.dist-info/METADATA"))
