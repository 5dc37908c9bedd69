"""Other accounts on the same machine do not get to the page, where the system tells whose a connection is."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from starlette.requests import Request

from server.approvals.neighbours import TABLES, is_ours
from tests.support.approvals import the_one
from tests.support.desks import Opened, at_a_desk, browser_at
from tests.support.serving import PATIENCE
from tests.support.world import Sandbox

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
SERVER = ("127.0.0.1", 8000)
FETCH = """
import http.client, os, sys
host, port, path, account, forwarded = sys.argv[1:]
"127.0.0.1".encode("idna")  # loads what the account may not read
os.setgid(int(account))
os.setuid(int(account))
asking = http.client.HTTPConnection(host, int(port))
asking.request("GET", path, headers=dict([forwarded.split(": ")] if forwarded else []))
print(asking.getresponse().status)
"""
NOBODY = 65534


def row(local: str, remote: str, state: str, owner: int) -> str:
    return f"   0: {local} {remote} {state} 00000000:00000000 00:00000000 00000000  {owner}        0 12345 1 0 20 4\n"


def asked(host: str, port: int, server: tuple[str, int] = SERVER) -> Request:
    return Request({"type": "http", "client": (host, port), "server": server})


ME = os.getuid()
OTHER = ME + 1
BETWEEN = ("0100007F:C001", "0100007F:1F40")


@pytest.mark.parametrize(
    ("rows", "ours"),
    [
        ([row(*BETWEEN, "01", ME)], True),
        ([row(*BETWEEN, "01", 0)], True),
        ([row(*BETWEEN, "01", OTHER)], False),
        ([], False),  # closed already
        ([row(*BETWEEN, "04", 0)], False),  # being closed: the system names nobody
        ([row(*BETWEEN, "06", 0)], False),
        ([row("0100007F:C002", "0100007F:1F40", "01", ME)], False),  # another connection of ours
        ([row("0100007F:C001", "0100007F:1F41", "01", ME)], False),
        ([row("0100007F:1F40", "0100007F:C001", "01", ME)], False),  # the server's own end
    ],
)
def test_the_system_tells_whose_a_connection_is(tmp_path: Path, rows: list[str], ours: bool) -> None:
    table = tmp_path / "tcp"
    table.write_text(HEAD + "".join(rows))
    assert is_ours(asked("127.0.0.1", 0xC001), (table,)) is ours


def test_ipv6_and_ipv4_within_it_are_told_too(tmp_path: Path) -> None:
    table = tmp_path / "tcp6"
    one, mapped = "0" * 24 + "01000000", "0000000000000000FFFF00000100007F"
    table.write_text(
        HEAD + row(f"{one}:C001", f"{one}:1F40", "01", ME) + row(f"{mapped}:C003", f"{mapped}:1F40", "01", OTHER)
    )
    assert is_ours(asked("::1", 0xC001, ("::1", 8000)), (table,))
    assert not is_ours(asked("::1", 0xC002, ("::1", 8000)), (table,))
    assert not is_ours(asked("127.0.0.1", 0xC003), (table,))


def test_what_a_proxy_says_of_its_client_is_nobody_of_ours(tmp_path: Path) -> None:
    table = tmp_path / "tcp"
    table.write_text(HEAD + row(*BETWEEN, "01", ME))
    assert not is_ours(asked("a-name", 0), (table,))
    assert not is_ours(Request({"type": "http", "client": None, "server": SERVER}), (table,))


def test_where_nothing_tells_it_is_taken_for_ours(tmp_path: Path) -> None:
    assert is_ours(asked("127.0.0.1", 1), (tmp_path / "tcp",))


def test_a_real_connection_of_ours_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        host, port = client.getsockname()
        assert is_ours(asked(host, port, server.getsockname()))


@pytest.mark.parametrize("account", [NOBODY] if ME == 0 and TABLES[0].exists() else [])
async def test_another_account_that_has_the_link_is_not_let_in_and_does_not_use_it_up(
    sandbox: Sandbox, account: int
) -> None:
    browser = Opened()
    world = at_a_desk(sandbox, browser)
    await world.call("stop_task", task_id=sandbox.create())
    link = urlsplit(browser.links[0])
    ours = socket.create_connection(("127.0.0.1", link.port or 0))
    for forwarded in ("", "", f"X-Forwarded-For: 127.0.0.1:{ours.getsockname()[1]}"):
        stranger = subprocess.run(  # noqa: S603, ASYNC221 - this Python; the page is served by another thread
            [sys.executable, "-I", "-c", FETCH, "127.0.0.1", str(link.port), link.path, str(account), forwarded],
            capture_output=True, text=True, timeout=PATIENCE, check=True,
        )  # fmt: skip
        assert stranger.stdout == "403\n"
    ours.close()
    async with browser_at(browser.links[0]) as page:
        assert page.waiting == [(await the_one(world.store)).id]
    await world.running.aclose()
