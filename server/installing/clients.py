"""All clients that can be configured."""

from server.installing import assistants, editors
from server.installing.client import Client


def all_clients() -> tuple[Client, ...]:
    """Return every client, the most common first."""
    return (
        editors.vscode(),
        editors.vscode_insiders(),
        editors.cursor(),
        assistants.claude_desktop(),
        assistants.claude_code(),
        editors.windsurf(),
        editors.zed(),
        assistants.codex(),
        assistants.gemini_cli(),
        editors.antigravity(),
        assistants.copilot_cli(),
        assistants.cline(),
        editors.kiro(),
        assistants.lm_studio(),
    )
