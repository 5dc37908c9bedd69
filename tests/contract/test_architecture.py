"""The house keeps its shape: who may import whom, how large files get, what a module does when it is imported."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SOURCES = sorted(path for top in ("tools", "prompts", "server") for path in (ROOT / top).rglob("*.py"))
NAMES = {path: ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in SOURCES}
LARGEST = 200

# Longest prefix wins: what modules under it may import besides the standard library.
ARROWS = {
    "tools": {"tools", "pydantic", "pydantic_core"},
    "prompts": {"prompts"},
    "server": {"server", "tools", "prompts", "mcp", "pydantic", "starlette", "uvicorn", "anyio", "platformdirs",
               "dotenv", "sse_starlette"},
    "server.sandbox": {"server.sandbox", "server.schedules.quartz", "server.schedules.cron_times",
                       "server.schedules.rule_times", "server.schedules.local_time", "starlette", "jwt"},
    "server.schedules": {"server.schedules", "tools.models.entity", "tools.text", "tools.timing", "croniter",
                         "cron_descriptor", "dateutil", "anyio"},
    "server.upstream": {"server.upstream", "server.errors", "server.settings", "server.settings_checks",
                        "server.sandbox.app", "tools.contract", "tools.issues", "tools.models.entity", "tools.text",
                        "httpx", "tenacity", "pydantic", "jwt", "platformdirs", "anyio"},
    "server.guard": {"server.guard", "server.errors", "server.person", "server.callers.identity",
                     "server.store.unavailable", "tools.contract", "tools.telling", "tools.text", "mcp", "pydantic",
                     "anyio"},
    "server.store": {"server.store", "server.guard.consent", "server.guard.ledger", "sqlalchemy", "alembic", "pydantic",
                     "anyio"},
    "server.policy": {"server.policy", "server.guard.policy", "server.name_value", "server.settings.SettingsError",
                      "tools.contract", "tools.catalog", "tools.models.queries", "tools.target", "tools.text"},
    "server.calling": {"server.calling", "server.app", "server.approvals.pages", "server.arguments", "server.choosing",
                       "server.errors", "server.guard.policy", "server.guard.ways", "server.memory",
                       "server.name_value", "server.observing.exporting", "server.policy.wrong", "server.printed",
                       "server.ready", "server.results", "server.settings", "server.settings_sources", "server.state",
                       "server.stderr", "server.terminal", "server.tool_list", "server.version", "tools.contract",
                       "tools.catalog", "tools.create_task", "tools.list_changes", "tools.schema", "tools.spellings",
                       "tools.text", "mcp", "pydantic", "anyio"},
    "server.installing": {"server.installing", "server.policy.check", "server.printed", "server.settings",
                          "server.settings_sources", "server.terminal", "server.version", "tools.text", "tomlkit",
                          "platformdirs", "pydantic"},
    "server.doctor": {"server.doctor", "server.approvals.browser", "server.callers.sign_in",
                      "server.callers.token_file", "server.choosing", "server.installing.found", "server.issuers",
                      "server.policy", "server.printed", "server.setting_names", "server.settings",
                      "server.settings_checks", "server.settings_sources", "server.state", "server.state_checks",
                      "server.journal.secret_texts", "server.store", "server.terminal", "server.upstream",
                      "server.version", "server.web.shared", "tools.contract", "tools.models.entity",
                      "tools.tasks_api", "tools.text", "httpx", "jwt", "pydantic", "sqlalchemy", "anyio"},
    "server.issuers": {"server.issuers", "server.settings_checks", "tools.text", "joserfc", "authlib", "httpx2",
                       "pydantic", "anyio"},
    "server.callers": {"server.callers", "server.issuers", "server.errors", "server.settings", "server.settings_checks",
                       "tools.contract", "tools.catalog", "tools.text", "mcp.server.auth", "mcp.types",
                       "joserfc", "limits", "starlette", "pydantic"},
    "server.approvals": {"server.approvals", "server.issuers", "server.settings", "server.settings_checks",
                         "server.state", "server.store", "server.person", "server.guard.page", "server.guard.policy",
                         "server.journal.audit", "server.printed", "server.terminal", "tools.text", "authlib",
                         "joserfc", "httpx2",
                         "jinja2", "starlette", "uvicorn", "pydantic", "anyio"},
    "server.observing": {"server.observing", "server.app.Running", "server.guard", "server.journal.visit",
                         "server.upstream.health", "server.upstream.watching", "server.store.unavailable",
                         "server.settings_sources", "server.stderr", "server.version", "tools.contract",
                         "tools.tasks_api", "prometheus_client", "opentelemetry", "starlette", "anyio"},
    "server.cache": {"anyio", "cachetools"},
    "server.resources": {"server.resources", "server.apps.board", "server.cache", "server.callers", "server.cursors",
                         "server.errors", "server.reads", "server.results", "server.journal.visit",
                         "server.upstream.errors", "tools.contract", "tools.models.queries", "tools.text", "mcp",
                         "anyio"},
    "server.completing": {"server.completing", "server.cache", "server.errors", "server.prompting", "server.reads",
                          "server.resources.catalog", "server.resources.offer", "prompts.catalog", "tools.contract",
                          "tools.journal", "tools.models.queries", "tools.target", "tools.timing", "mcp", "anyio"},
    "server.apps": {"server.apps", "server.resources.kinds", "server.version", "mcp.types"},
    "server.demo": {"server.demo", "server.printed", "server.terminal", "server.version", "mcp", "anyio"},
}  # fmt: skip
NO_IO = {"socket", "sqlite3", "subprocess", "http", "urllib", "asyncio", "os", "pathlib", "io", "logging"}


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Yield what a module imports, and whether at its top."""
    tree = ast.parse(path.read_text("utf-8"))
    top = set(tree.body)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node in top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            yield from ((f"{node.module}.{alias.name}", node in top) for alias in node.names)


def under(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}.")


@pytest.mark.parametrize("path", SOURCES, ids=NAMES.get)
def test_imports_follow_the_arrows(path: Path) -> None:
    module = NAMES[path]
    allowed = ARROWS[max((prefix for prefix in ARROWS if under(module, prefix)), key=len)]
    for name, _ in imports(path):
        if name.partition(".")[0] in sys.stdlib_module_names:
            continue
        assert any(under(name, prefix) for prefix in allowed), f"{module} imports {name}"


@pytest.mark.parametrize("path", [path for path in SOURCES if NAMES[path].startswith("tools")], ids=NAMES.get)
def test_tools_do_no_input_or_output(path: Path) -> None:
    allowed = {"io.StringIO"} if NAMES[path] == "tools.text" else set[str]()
    used = {name for name, _ in imports(path) if name.partition(".")[0] in NO_IO}
    assert used <= allowed | ({"io"} if allowed else set())


def test_there_are_no_import_cycles() -> None:
    modules = set(NAMES.values())
    graph = {
        NAMES[path]: {
            target
            for name, at_top in imports(path)
            if at_top
            for target in (name, name.rpartition(".")[0])
            if target in modules and target != NAMES[path]
        }
        for path in SOURCES
    }
    while leaves := [module for module, targets in graph.items() if not targets & graph.keys()]:
        for leaf in leaves:
            del graph[leaf]
    assert graph == {}


@pytest.mark.parametrize("path", SOURCES, ids=NAMES.get)
def test_files_are_small_and_packages_are_empty(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    if path.name == "__init__.py":
        assert lines == []
    assert len(lines) <= LARGEST


@pytest.mark.parametrize("path", SOURCES, ids=NAMES.get)
def test_importing_a_module_only_defines_things(path: Path) -> None:
    """No statement that acts stands at a module's top, and none is a global that functions rebind."""
    tree = ast.parse(path.read_text("utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Global)]
    for node in tree.body:
        acts = isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)
        assert not acts, f"{path}:{node.lineno} acts when it is imported"
        assert not isinstance(node, (ast.For, ast.While, ast.With, ast.Try)), f"{path}:{node.lineno}"


def test_functions_mostly_fit_in_ten_lines() -> None:
    lengths = sorted(
        _length(node)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    )
    assert lengths[len(lengths) // 2] <= 8
    assert lengths[len(lengths) * 9 // 10] <= 16


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function's body, without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0
