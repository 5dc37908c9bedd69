"""Links that put this server into a client with one click."""

import json
from base64 import b64encode
from urllib.parse import quote

ENTRY = {"command": "uvx", "args": ["waylay-tasks-mcp"]}
"""What the links start: whoever only clicks has nothing of this server on their machine."""

NAME = "waylay-tasks"


def install_links() -> str:
    """Return the links as Markdown."""
    links = {
        "Install in VS Code": vscode("vscode"),
        "in VS Code Insiders": vscode("vscode-insiders"),
        "in Cursor": cursor(),
        "in LM Studio": lm_studio(),
    }
    return " · ".join(f"[{label}]({address})" for label, address in links.items())


def vscode(scheme: str) -> str:
    """Return VS Code's link.

    Source: its documentation, "MCP developer guide": `vscode:mcp/install?` and the configuration as JSON, which a page
    of VS Code's passes on, because Markdown on the web keeps links of other schemes out.
    """
    wanted = f"{scheme}:mcp/install?{quote(json.dumps({'name': NAME, **ENTRY}, separators=(',', ':')), safe='')}"
    return f"https://insiders.vscode.dev/redirect?url={quote(wanted, safe='')}"


def cursor() -> str:
    """Return Cursor's link.

    Source: its documentation, "MCP install links": name and configuration as base64. The page on the web has the same
    query as `cursor://anysphere.cursor-deeplink/mcp/install`, which it opens.
    """
    return f"https://cursor.com/en/install-mcp?{_query()}"


def lm_studio() -> str:
    """Return LM Studio's link.

    Source: its documentation, "Add to LM Studio button": the same query for a page on the web, which opens
    `lmstudio://add_mcp`.
    """
    return f"https://lmstudio.ai/install-mcp?{_query()}"


def _query() -> str:
    entry = b64encode(json.dumps(ENTRY, separators=(",", ":")).encode()).decode()
    return f"name={NAME}&config={quote(entry, safe='')}"
