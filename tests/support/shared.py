"""A shared server: callers and approvers sign in at one issuer."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from mcp import Client
from mcp.types import CallToolResult

from server.approvals.pages import page_over_http
from server.callers.sign_in import caller_sign_in
from server.store.store import Store
from server.web.app import http_app
from tests.support.authorization import Authorization
from tests.support.desks import Opened
from tests.support.issuer import CLIENT_ID, CLIENT_SECRET
from tests.support.serving import free_port, over_http, serve
from tests.support.world import Sandbox, World, settings


class Shared:
    """A shared server that knows its own address and its issuer."""

    def __init__(self, world: World, issuer: Authorization, address: str) -> None:
        self.world = world
        self.issuer = issuer
        self.address = address

    async def call(self, subject: str, tool: str, **arguments: Any) -> CallToolResult:
        """Call a tool as somebody who signed in."""
        async with over_http(self.address, self.issuer.access_token(subject)) as transport, Client(transport) as client:
            return await client.call_tool(tool, arguments)


@asynccontextmanager
async def shared_server(sandbox: Sandbox, folder: Path, issuer_host: str = "127.0.0.1") -> AsyncGenerator[Shared]:
    """Yield a server with a policy by which stopping needs a person, and deleting somebody else.

    Args:
        sandbox: Its tasks.
        folder: Where its policy is put.
        issuer_host: The name of this machine by which the issuer goes.
    """
    policy = folder / "policy.toml"
    rules = {"delete_task": "approver", "stop_task": "human"}
    policy.write_text("".join(f'[[rule]]\noperation = "{name}"\nrequire = "{way}"\n' for name, way in rules.items()))
    listener, address = free_port()
    issuer = Authorization(resource=f"{address}/mcp")
    async with AsyncExitStack() as stack:
        issuer.address = (await stack.enter_async_context(serve(issuer.app))).replace("127.0.0.1", issuer_host)
        chosen = settings(
            policy=policy, approval_wait=0, public_url=address, oidc_issuer=issuer.address, oidc_client_id=CLIENT_ID,
            oidc_client_secret=CLIENT_SECRET, approver_group="operators", auth_issuer=issuer.address,
        )  # fmt: skip
        store = Store("sqlite://", sandbox.clock, chosen.confirm_seconds)
        approvals = page_over_http(chosen, store, address, sandbox.clock, Opened())
        world = World(sandbox, chosen, store=store, page=approvals.page)
        app = http_app(world.running, chosen, approvals=approvals.app, callers=caller_sign_in(chosen))
        await stack.enter_async_context(serve(app, listener=listener))
        yield Shared(world, issuer, address)
        await world.running.aclose()
