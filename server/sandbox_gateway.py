"""The sandbox as a gateway of its own, for any Waylay client."""

from starlette.middleware.trustedhost import TrustedHostMiddleware

from server.memory import take_up_collecting
from server.sandbox.app import build_sandbox
from server.sandbox_file import sandbox_file
from server.settings import Settings
from server.settings_checks import LOOPBACK
from server.stderr import say
from server.web.listening import address, listen
from server.web.running import run_until_told


def serve_sandbox(settings: Settings) -> None:
    """Serve the sandbox over HTTP until the process is told to end.

    Raises:
        SettingsError: the address cannot be listened on, or the file cannot be used.
    """
    listener = listen(settings)
    with sandbox_file(settings):
        app = build_sandbox(
            settings.sandbox_db, settings.sandbox_tasks, settings.sandbox_seed, hostile=settings.sandbox_hostile
        )
    where = address(listener, settings)
    say(f"Sandbox on {where}; any key and secret will do. To use it as the tenant:")
    plain = "" if settings.host in LOOPBACK else "WAYLAY_MCP_ALLOW_PLAIN_HTTP=true "
    say(f"  {plain}WAYLAY_GATEWAY_URL={where} WAYLAY_API_KEY=any WAYLAY_API_SECRET=any waylay-tasks-mcp")
    hosts = [*LOOPBACK, "[::1]", *(host.partition(":")[0] for host in settings.answered_hosts)]

    async def closing() -> None:
        app.state.store.close()

    take_up_collecting()
    run_until_told(TrustedHostMiddleware(app, allowed_hosts=hosts), listener, closing)
