"""The assistants, in a window or a terminal, that can be configured. Each says where its vendor documents the file."""

from pathlib import Path

from server.installing.client import STDIO, Client
from server.installing.files import at_home, in_project, moved
from server.installing.machine import Machine


def claude_desktop() -> Client:
    """Claude Desktop. Source: modelcontextprotocol.io, "Connect to local MCP servers"; on Linux as Electron has it."""
    return Client(
        "claude-desktop",
        "Claude Desktop",
        {"user": lambda machine: machine.applications / "Claude" / "claude_desktop_config.json"},
        ("mcpServers",),
        "Quit Claude Desktop (closing its window is not enough) and open it again. Its tools are listed in Settings, "
        "Developer.",
    )


def claude_code() -> Client:
    """Claude Code. Source: its documentation, "Connect Claude Code to tools via MCP", installation scopes."""
    return Client(
        "claude-code",
        "Claude Code",
        {"user": _claude_code, **in_project(".mcp.json")},
        ("mcpServers",),
        "Start claude anew and type /mcp; in a project it asks once whether the server is to be trusted.",
        STDIO,
        caution="Claude Code writes this file itself while it runs: end it first, or its next write may undo this one.",
    )


def codex() -> Client:
    """Codex. Source: OpenAI's documentation of Codex, "Model Context Protocol" and "Configuration reference"."""
    return Client(
        "codex",
        "Codex",
        moved("CODEX_HOME", ".codex", "config.toml", project=(".codex", "config.toml")),
        ("mcp_servers",),
        "Start codex anew and type /mcp. A project's file counts in projects that Codex was told to trust.",
        format="toml",
    )


def gemini_cli() -> Client:
    """Gemini CLI. Source: its documentation, "MCP servers with Gemini CLI" and "Configuration"."""
    return Client(
        "gemini-cli",
        "Gemini CLI",
        at_home(".gemini", "settings.json", project=(".gemini", "settings.json")),
        ("mcpServers",),
        "Start gemini anew and type /mcp.",
    )


def copilot_cli() -> Client:
    """GitHub Copilot CLI. Source: GitHub's documentation, "Adding MCP servers for GitHub Copilot CLI"."""
    return Client(
        "copilot-cli",
        "GitHub Copilot CLI",
        moved("COPILOT_HOME", ".copilot", "mcp-config.json", project=(".github", "mcp.json")),
        ("mcpServers",),
        "Start copilot anew and type /mcp show waylay-tasks.",
        {**STDIO, "tools": ["*"]},
    )


def cline() -> Client:
    """Cline's command line. Source: its documentation, "MCP overview". Its extensions open their file themselves."""
    return Client(
        "cline",
        "Cline",
        {"user": _cline},
        ("mcpServers",),
        "Start cline anew. The extension for VS Code has a file of its own: MCP Servers, Configure opens it, and "
        "--path takes it.",
    )


def lm_studio() -> Client:
    """LM Studio. Source: its documentation, "Use MCP Servers"."""
    return Client(
        "lm-studio",
        "LM Studio",
        at_home(".lmstudio", "mcp.json"),
        ("mcpServers",),
        "Open the Program tab beside the chat and switch mcp/waylay-tasks on.",
    )


def _claude_code(machine: Machine) -> Path:
    return machine.variable("CLAUDE_CONFIG_DIR", machine.home) / ".claude.json"


def _cline(machine: Machine) -> Path:
    usual = machine.home / ".cline" / "data" / "settings" / "cline_mcp_settings.json"
    return machine.variable("CLINE_MCP_SETTINGS_PATH", usual)
