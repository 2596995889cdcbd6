"""The dashboard: what it shows exists, and what wakes somebody is on it."""

import json
import re
from typing import Any

import pytest

from tests.support.template import ROOT, Template

SUBSTITUTION = re.compile(r"\$\{([\w.:]+)\}")


@pytest.fixture
def body(template: Template) -> str:
    """The dashboard's body, as it is written."""
    text = template.resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    assert isinstance(text, str)
    return text


@pytest.fixture
def metrics(body: str) -> list[list[Any]]:
    """All metrics of all its widgets."""
    widgets = json.loads(body)["widgets"]
    return [metric for widget in widgets for metric in widget["properties"]["metrics"]]


def _own_names(metrics: list[list[Any]]) -> set[str]:
    return {metric[1] for metric in metrics if metric[0] == "Frontdesk"}


def test_it_names_resources_that_exist(body: str, template: Template) -> None:
    names = {name.partition(".")[0] for name in SUBSTITUTION.findall(body)}
    assert names - {"AWS::Region"} <= set(template.resources)


def test_widgets_do_not_lie_on_each_other(body: str) -> None:
    cells = [
        (widget["x"] + column, widget["y"] + row)
        for widget in json.loads(body)["widgets"]
        for column in range(widget["width"])
        for row in range(widget["height"])
    ]
    assert len(cells) == len(set(cells))
    assert max(column for column, _ in cells) < 24


def test_every_metric_of_ours_is_counted_somewhere(metrics: list[list[Any]]) -> None:
    folders = (ROOT / "functions", ROOT / "layers")
    code = "".join(path.read_text() for folder in folders for path in folder.rglob("*.py"))
    assert {name for name in _own_names(metrics) if f'"{name}"' not in code} == set()


def test_what_wakes_somebody_is_on_it(metrics: list[list[Any]], template: Template) -> None:
    shown = {tuple(metric[:4]) for metric in metrics}
    for alarm, watched in template.alarmed().items():
        for metric in watched:
            if metric["Namespace"] == "Frontdesk":
                [dimension] = metric["Dimensions"]
                ours = ("Frontdesk", metric["MetricName"], dimension["Name"], dimension["Value"])
                assert ours in shown, alarm
