"""The embedded engine as a web application: the Tasks API, and what the vendor's own clients need around it."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from server.sandbox.body import read_json
from server.sandbox.engine import Engine
from server.sandbox.errors import ApiError
from server.sandbox.listing import flag, graph_format, read_listing
from server.sandbox.plugins import TEMPLATES
from server.sandbox.seed import seed_tasks
from server.sandbox.sign_in import SignIn, exchange
from server.sandbox.store import Store

PAGED = "application/vnd.waylay.paged+json"
TASKS = "/rules/v1/tasks"
_VERSION = "6.20.0"


def build_sandbox(
    path: Path | None = None,
    tasks: int = 300,
    seed: int = 7,
    clock: Callable[[], float] = time.time,
    *,
    hostile: bool = False,
) -> Starlette:
    """Return the engine as an ASGI application; its `state.store` is the database.

    Args:
        path: The database file; None keeps everything in memory. A file that holds tasks is used as it is.
        tasks: How many tasks an empty database starts with.
        seed: Which tasks; the same seed gives the same ones.
        clock: Returns epoch seconds.
        hostile: Whether tasks are added that hold whatever strangers could write into theirs.
    """
    store = Store(path)
    store.fill(seed_tasks(tasks, seed, round(clock() * 1000), hostile=hostile))
    routes = _Routes(Engine(store, clock))
    app = Starlette(
        routes=[
            Route("/", _gateway),
            Route("/accounts/v1/tokens", exchange, methods=["POST"]),
            Route("/configs/v1/settings", _settings),
            Route("/rules/v1", _about),
            Mount("/rules/v1", routes=routes.all()),
            # The vendor's published JavaScript client still uses this older base path.
            Mount("/api", routes=[Route("/settings", _settings), *routes.all()]),
        ],
        middleware=[Middleware(SignIn)],
        exception_handlers={ApiError: _api_error, HTTPException: _http_error},
    )
    app.state.store = store
    return app


class _Routes:
    """The endpoints over one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> list[Route]:
        """Return the routes below a base path."""
        task = "/tasks/{task_id}"
        return [
            Route("/tasks", self.listing, methods=["GET"]),
            Route("/tasks", self.create, methods=["POST"]),
            Route(task, self.get, methods=["GET"]),
            Route(task, self.replace, methods=["PUT"]),
            Route(task, self.delete, methods=["DELETE"]),
            Route(f"{task}/conf", self.configuration, methods=["GET"]),
            Route(f"{task}/command/start", self.start, methods=["POST"]),
            Route(f"{task}/command/stop", self.stop, methods=["POST"]),
            Route("/templates", _templates, methods=["GET"]),
            Route("/templates/{name}", _template, methods=["GET"]),
        ]

    async def listing(self, request: Request) -> Response:
        """List; in the paged form for those who ask for it, else as an array. Starlette answers HEAD from it."""
        listing = read_listing(request.query_params)
        tasks, total = self._engine.listing(listing)
        headers = {"X-Count": str(total)}
        if request.headers.get("accept", "") != PAGED:
            return JSONResponse(tasks, headers=headers)
        page = {"values": tasks, "skip": listing.start, "limit": listing.hits, "total": total}
        return JSONResponse(page, headers=headers, media_type=PAGED)

    async def create(self, request: Request) -> Response:
        """Create."""
        query = request.query_params
        want_warnings, fail = flag(query, "returnWarnings"), flag(query, "failOnWarning")
        task_id, warnings = self._engine.create(await read_json(request), fail_on_warning=fail)
        body: dict[str, Any] = {"ID": task_id, **({"warnings": warnings} if want_warnings else {})}
        return JSONResponse(body, 201, headers={"Location": f"{TASKS}/{task_id}"})

    async def get(self, request: Request) -> Response:
        """Retrieve."""
        return JSONResponse(self._engine.get(_task_id(request), graph_format(request.query_params)))

    async def configuration(self, request: Request) -> Response:
        """Retrieve the configuration."""
        graph_format(request.query_params)
        return JSONResponse(self._engine.configuration(_task_id(request)))

    async def replace(self, request: Request) -> Response:
        """Replace."""
        return JSONResponse(self._engine.replace(_task_id(request), await read_json(request)))

    async def delete(self, request: Request) -> Response:
        """Delete."""
        self._engine.delete(_task_id(request), force_stop=flag(request.query_params, "forceStop"))
        return Response(status_code=204)

    async def start(self, request: Request) -> Response:
        """Start."""
        return JSONResponse(self._engine.start(_task_id(request)))

    async def stop(self, request: Request) -> Response:
        """Stop."""
        return JSONResponse(self._engine.stop(_task_id(request)))


def _task_id(request: Request) -> str:
    return request.path_params["task_id"]


async def _gateway(request: Request) -> Response:
    return JSONResponse({"name": "waylay-sandbox", "version": _VERSION, "health": "UP"})


async def _about(request: Request) -> Response:
    return JSONResponse({"name": "waylay-engine", "version": _VERSION, "status": "STARTED"})


async def _settings(request: Request) -> Response:
    return JSONResponse({})


async def _templates(request: Request) -> Response:
    summaries = [_described(name, graph=False) for name in TEMPLATES]
    return JSONResponse(summaries, headers={"X-Count": str(len(summaries))})


async def _template(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in TEMPLATES:
        raise ApiError(404, f"No template with name {name}")
    return JSONResponse(_described(name, graph=True))


def _described(name: str, *, graph: bool) -> dict[str, Any]:
    about = {"name": name, "user": "system", "createTime": 0, "lastUpdateTime": 0, "discoveryTemplate": False}
    template = TEMPLATES[name]
    kept = template if graph else {key: template[key] for key in ("description", "taskDefaults")}
    return about | kept


async def _api_error(request: Request, error: Exception) -> Response:
    known = cast("ApiError", error)
    return JSONResponse(known.body, known.status)


async def _http_error(request: Request, error: Exception) -> Response:
    known = cast("HTTPException", error)
    return JSONResponse({"statusCode": known.status_code, "error": known.detail}, known.status_code, known.headers)
