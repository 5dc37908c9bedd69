"""nginx, with the very configuration that deploy/compose.yaml gives it."""

import shutil
import subprocess
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import httpx

from tests.support.programs import NGINX
from tests.support.serving import PATIENCE, free_port

CONFIGURATION = Path(__file__).parent.parent.parent / "deploy" / "nginx"


@asynccontextmanager
async def proxy(folder: Path, replicas: Sequence[str]) -> AsyncGenerator[str]:
    """Start nginx in front of replicas and yield its address.

    Args:
        folder: An empty one, for what it writes.
        replicas: Where they listen.
    """
    assert NGINX is not None
    listener, address = free_port()
    listener.close()
    _configure(folder, address, replicas)
    command = [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr", "-g", "daemon off;"]
    process = subprocess.Popen(command)  # noqa: ASYNC220, S603 - the system's own
    try:
        await _answers(address)
        yield address
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _configure(folder: Path, address: str, replicas: Sequence[str]) -> None:
    shutil.copy(CONFIGURATION / "nginx.conf", folder)
    (folder / "replicas.conf").write_text("".join(f"server {at.removeprefix('http://')};\n" for at in replicas))
    (folder / "listen.conf").write_text(f"listen {address.removeprefix('http://')};\n")
    # Started by root, its own workers are somebody else.
    folder.chmod(0o755)


async def _answers(address: str) -> None:
    with anyio.fail_after(PATIENCE):
        async with httpx.AsyncClient() as client:
            while True:
                try:
                    await client.get(address)
                except httpx.TransportError:
                    await anyio.sleep(0.02)
                else:
                    return
