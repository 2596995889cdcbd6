"""The routing evaluation counts what the router says."""

import json
from pathlib import Path

import pytest

from agent_worker.prompting import PromptLibrary
from agent_worker.routing.desk_router import DeskRouter
from agent_worker.routing.router import Decision, ModelRouter, RouteSource
from evals.routing import (
    LabelledText,
    Misspelling,
    Routed,
    compare,
    describe_sources,
    main,
    measure,
    route_all,
)
from frontdesk.domain.task import Route, RouteLabel
from tests.support.fake_model import ScriptedModel, route


def routed(label: str, said: str, milliseconds: float = 1.0) -> Routed:
    decision = Decision(Route(agent=RouteLabel(said), confidence=0.9), RouteSource.MODEL)
    return Routed(RouteLabel(label), decision, milliseconds)


def test_labels_are_measured_one_by_one() -> None:
    report = measure(
        [
            routed("faq", "faq", 1),
            routed("faq", "order", 2),
            routed("order", "order", 3),
            routed("escalation", "escalation", 40),
        ]
    )

    assert (report.n, report.accuracy, report.macro_f1) == (4, 0.75, 0.7778)
    assert set(report.per_label) == {"faq", "order", "escalation"}
    order = report.per_label["order"]
    assert (order.precision, order.recall, order.f1, order.n) == (0.5, 1.0, 0.6667, 1)
    assert report.per_label["faq"].recall == 0.5
    assert (report.p50_ms, report.p95_ms) == (2, 40)


def test_a_label_that_is_never_said_counts_as_nothing() -> None:
    report = measure([routed("faq", "order")])

    assert report.per_label["faq"].f1 == 0
    assert report.accuracy == 0


def test_misspelt_texts_are_compared_with_what_was_meant() -> None:
    # given routes of texts, and of the same ones with slips
    right = [routed("faq", "faq"), routed("order", "order"), routed("out_of_scope", "faq")]
    slipped = [
        routed("faq", "out_of_scope"),
        routed("order", "faq"),
        routed("out_of_scope", "out_of_scope"),
    ]

    # when they are compared, then only what is somebody's business is wrongly declined
    assert compare(slipped, right) == Misspelling(
        wrongly_declined=1,
        accuracy_as_written=0.6667,
        macro_f1_as_written=0.5556,
        wrongly_declined_as_written=0,
    )


def test_texts_go_through_the_workers_router() -> None:
    model = ScriptedModel(route("order"), route("faq"))
    router = DeskRouter(ModelRouter(PromptLibrary(company_name="Acme", company_profile="")))
    texts = [
        LabelledText(text="Where is my invoice?", label=RouteLabel.ORDER),
        LabelledText(text="What is my balance?", label=RouteLabel.ORDER),
    ]

    found = route_all(router, model, texts)

    assert [item.is_right for item in found] == [True, False]
    assert "model: 2 of 2, 0.5000 of them right" in describe_sources(found)
    model.verify()


@pytest.mark.parametrize("line", ["", json.dumps({"text": "Hi", "label": "boss"}), "{"])
def test_a_file_that_cannot_be_used_is_said(
    line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "routing.jsonl"
    file.write_text(line, encoding="utf-8")

    assert main([str(file)]) == 1
    assert capsys.readouterr().out == ""
