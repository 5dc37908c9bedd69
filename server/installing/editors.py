"""The editors that can be configured. Each says where its vendor documents the file."""

from pathlib import Path

from server.installing.client import STDIO, Client
from server.installing.files import Files, at_home, in_project
from server.installing.machine import Machine


def vscode() -> Client:
    """VS Code. Source: its documentation, "MCP configuration reference" and "User data directories"."""
    return Client(
        "vscode",
        "VS Code",
        _vscode("Code"),
        ("servers",),
        "Run `MCP: List Servers` in the command palette, choose waylay-tasks and start it. Its tools are behind the "
        "tools button of the chat, in agent mode.",
        STDIO,
        asks=True,
    )


def vscode_insiders() -> Client:
    """VS Code Insiders. Source: as for VS Code; its folder is `Code - Insiders`."""
    usual = vscode()
    return Client(
        "vscode-insiders",
        "VS Code Insiders",
        _vscode("Code - Insiders"),
        usual.path,
        usual.next_step,
        usual.extra,
        asks=True,
    )


def cursor() -> Client:
    """Cursor. Source: its documentation, "Model Context Protocol", configuration locations."""
    return Client(
        "cursor",
        "Cursor",
        at_home(".cursor", "mcp.json", project=(".cursor", "mcp.json")),
        ("mcpServers",),
        "Open Cursor Settings, Tools & MCP, and switch waylay-tasks on; its tools are listed there.",
    )


def windsurf() -> Client:
    """Windsurf. Source: its documentation, "Cascade MCP integration"."""
    return Client(
        "windsurf",
        "Windsurf",
        at_home(".codeium", "windsurf", "mcp_config.json"),
        ("mcpServers",),
        "Open the MCP servers in Cascade's settings and press Refresh; its tools are listed there.",
    )


def zed() -> Client:
    """Zed. Source: its documentation, "Model Context Protocol" and "Configuring Zed"; on Windows in `%APPDATA%`."""
    return Client(
        "zed",
        "Zed",
        {"user": _zed_settings, **in_project(".zed", "settings.json")},
        ("context_servers",),
        "Zed reads the file at once. The dot before waylay-tasks in the settings of the agent panel is green when it "
        "runs.",
    )


def antigravity() -> Client:
    """Antigravity, editor and command line. Source: its documentation, "MCP" and "Migrating from Gemini CLI"."""
    return Client(
        "antigravity",
        "Antigravity",
        at_home(".gemini", "config", "mcp_config.json"),
        ("mcpServers",),
        "Open Manage MCP Servers in the agent's menu and press Refresh, or start agy anew and type /mcp.",
    )


def kiro() -> Client:
    """Kiro. Source: its documentation, "MCP configuration", configuration locations."""
    return Client(
        "kiro",
        "Kiro",
        at_home(".kiro", "settings", "mcp.json", project=(".kiro", "settings", "mcp.json")),
        ("mcpServers",),
        "Kiro connects when the file is saved; its tools are listed under MCP Servers in the Kiro panel.",
    )


def _vscode(folder: str) -> Files:
    return {
        "user": lambda machine: machine.applications / folder / "User" / "mcp.json",
        "project": lambda machine: machine.project / ".vscode" / "mcp.json",
    }


def _zed_settings(machine: Machine) -> Path:
    folder = machine.applications / "Zed" if machine.platform == "win32" else machine.settings / "zed"
    return folder / "settings.json"
