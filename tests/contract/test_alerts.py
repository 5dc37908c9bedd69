"""The alerts in `deploy` are about metrics, labels and outcomes that there are."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry, Metric

from server.errors import InternalFault
from server.observing.instruments import PREFIX, Instruments
from server.observing.processes import Processes
from tests.generate import ROOT
from tools.catalog import OPERATIONS

FILE = ROOT / "deploy" / "prometheus" / "alerts.yaml"
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load(FILE.read_text("utf-8"))["groups"] for rule in group["rules"]
]
OF_PROMETHEUS = {"up": {"job", "instance"}}
EVERYWHERE = {"job", "instance"}
KINDS = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}
SELECTOR = re.compile(r"\b([a-z][a-z0-9_]*)(?:\{([^}]*)\})?(?=\[|\s|\)|$)")
MATCHER = re.compile(r'([a-z]+)(?:=~|!~|!=|=)"([^"]*)"')
WORDS = {"sum", "by", "rate", "increase", "histogram_quantile"}


def there_are() -> dict[str, set[str]]:
    """Return the metrics by their names in queries, with their labels."""
    registry = CollectorRegistry()
    instruments = Instruments(registry)
    labels = {one._name: {*one._labelnames} for one in vars(instruments).values() if hasattr(one, "_labelnames")}  # noqa: SLF001
    return OF_PROMETHEUS | {name: labels.get(metric.name, set()) | EVERYWHERE for metric, name in named(registry)}


def named(registry: CollectorRegistry) -> Iterator[tuple[Metric, str]]:
    for metric in (*registry.collect(), *Processes(None).collect()):
        yield from ((metric, metric.name + ending) for ending in KINDS[metric.type])


def asked(expression: str) -> list[tuple[str, dict[str, str]]]:
    """Return the metrics that a query asks for, with what their labels have to be."""
    grouped = re.sub(r"\bby \([a-z, ]*\)", "", expression)
    found = SELECTOR.findall(grouped)
    return [(name, dict(MATCHER.findall(within))) for name, within in found if name not in WORDS]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_what_there_is(rule: dict[str, Any]) -> None:
    known, metrics = there_are(), asked(rule["expr"])
    assert metrics
    for name, labels in metrics:
        assert name in known, f"{name} is no metric"
        assert {*labels} <= known[name] | {"le"}, f"{name} has no such label"
        tools = {one.name for one in OPERATIONS}
        assert {*filter(None, labels.get("tool", "").split("|"))} <= tools
        assert labels.get("outcome", "done") in ("done", InternalFault.kind)
    assert {*re.findall(rf"\b{PREFIX}_\w+", rule["annotations"]["description"])} <= {
        name.removesuffix("_bucket") for name in known
    }


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_says_what_is_the_matter_and_what_to_look_at(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["description"].endswith(".")
    kept = set(re.findall(r"by \(([a-z, ]*)\)", rule["expr"]))
    shown = set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
    assert shown <= {label.strip() for labels in kept for label in labels.split(",")} | (set() if kept else EVERYWHERE)


def test_names_of_alerts_differ() -> None:
    assert len({rule["alert"] for rule in RULES}) == len(RULES) > 5
