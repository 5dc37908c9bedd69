"""The SDK's server, which says of its lists only what is true."""

from typing import Any

from mcp.server.lowlevel import NotificationOptions, Server
from mcp.types import ServerCapabilities


class QuietServer(Server[Any]):
    """A server whose lists stay what they are while it runs, so that there is no change of one to tell of.

    For 2026-07-28 the SDK declares such changes wherever clients can listen at all, and ours can listen to resources.
    """

    def get_capabilities(
        self,
        notification_options: NotificationOptions | None = None,
        experimental_capabilities: dict[str, dict[str, Any]] | None = None,
        extensions: dict[str, dict[str, Any]] | None = None,
        *,
        protocol_version: str | None = None,
    ) -> ServerCapabilities:
        """Return what the SDK says, without changes of lists; the arguments are the SDK's."""
        declared = super().get_capabilities(
            notification_options, experimental_capabilities, extensions, protocol_version=protocol_version
        )
        for lists in (declared.tools, declared.prompts, declared.resources):
            if lists is not None:
                lists.list_changed = False
        return declared
