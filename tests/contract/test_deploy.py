"""What `deploy` has fits this program: its settings, its flags, its files."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from server.cli_parser import parser
from server.settings_sources import load_settings
from server.store.handles import new_key
from tests.documents.blocks import blocks
from tests.documents.pages import pages
from tests.generate import ROOT

DEPLOY = ROOT / "deploy"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - within a container
SECRETS = """
WAYLAY_API_KEY=key
WAYLAY_API_SECRET=secret
WAYLAY_MCP_STATE_URL=postgresql://waylay:password@database/waylay
WAYLAY_MCP_STATE_KEYS={key}
"""


@pytest.fixture
def compose() -> Any:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))


def test_replicas_get_settings_with_which_a_server_starts(
    compose: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = tmp_path / "server.env"
    given.write_text(SECRETS.format(key=new_key()))
    for name in ("one", "two"):
        replica = compose["services"][name]
        for variable, value in replica["environment"].items():
            monkeypatch.setenv(variable, re.sub(r"\$\{HOST_NAME.*\}", "mcp.example.com", value))
        flags = vars(parser().parse_args(replica["command"]))
        flags = {name: value for name, value in flags.items() if name.startswith("WAYLAY_")}
        settings = load_settings(given, flags)
        assert (settings.workers, settings.host) == (2, EVERYWHERE)
        assert "mcp.example.com" in settings.answered_hosts
        assert settings.callers_sign_in
        assert settings.state_url
        seconds = float(replica["stop_grace_period"].removesuffix("s"))
        assert seconds > settings.drain_seconds + 20


def test_every_command_that_is_shown_gives_the_variables_that_have_to_be_given() -> None:
    needed = set(re.findall(r"\$\{(\w+):\?", (DEPLOY / "compose.yaml").read_text("utf-8")))
    shown = [line for page in pages() for block in blocks(page) for line in block.text.splitlines()]
    commands = [line for line in shown if "docker compose " in line]
    assert needed
    assert len(commands) >= 3
    for command in commands:
        given = re.findall(r"(\w+)=\S", command.partition("docker compose ")[0])
        assert needed <= set(given), command


def test_everything_that_is_mounted_is_there_or_is_a_secret(compose: Any) -> None:
    mounted = {volume.partition(":")[0] for volume in compose["services"]["proxy"]["volumes"]}
    assert mounted == {"./nginx"}
    assert all((DEPLOY / "nginx" / name).is_file() for name in ("nginx.conf", "replicas.conf", "listen.conf"))
    used = {secret for service in compose["services"].values() for secret in service.get("secrets", ())}
    assert used == set(compose["secrets"])
    assert all(secret["file"].startswith("secrets/") for secret in compose["secrets"].values())
    assert (DEPLOY / ".gitignore").read_text("utf-8") == "secrets/\n"


def test_nothing_in_a_container_of_ours_is_root_and_nothing_but_the_proxy_is_reached_from_outside(compose: Any) -> None:
    image = (DEPLOY / "Dockerfile").read_text("utf-8")
    assert re.search(r"^USER 10001:10001$", image, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK (.+\\\n)?.*WAYLAY_MCP_PORT.*/readyz", image, re.MULTILINE)
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", image, re.MULTILINE)
    assert all((ROOT / name).exists() for names in copied for name in names.split())
    assert [name for name, service in compose["services"].items() if "ports" in service] == ["proxy"]
    assert compose["networks"]["inside"] == {"internal": True}
    assert compose["services"]["database"]["networks"] == ["inside"]


def test_no_container_can_take_the_whole_machine_or_fill_its_disk(compose: Any) -> None:
    for name, service in compose["services"].items():
        limits = service["deploy"]["resources"]["limits"]
        assert set(limits) == {"cpus", "memory", "pids"}, name
        assert set(service["logging"]["options"]) == {"max-size", "max-file"}, name
        assert all("size=" in folder for folder in service.get("tmpfs", ())), name
