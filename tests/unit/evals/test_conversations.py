"""The conversations to evaluate, and how their answers are graded."""

from collections import Counter
from typing import Any

import pytest

from evals.conversations import ExpectedTurn, Held, Script, faults_of, read_scripts, report_of
from frontdesk.clock import utc_now
from frontdesk.domain.task import Citation, RecordReference, Route, TaskResult, Usage
from localstack.seed.documents import files


def an_answer(**changes: Any) -> TaskResult:
    defaults: dict[str, Any] = {
        "status": "completed",
        "completed_at": utc_now(),
        "agent": "order",
        "route": Route.model_validate({"agent": "order", "confidence": 0.9}),
        "response": "You are on the professional plan [1].",
        "citations": (Citation(number=1, document_id="d", title="Plans", snippet="49"),),
        "records": (RecordReference(kind="subscription", id="sub_1", label="professional"),),
    }
    return TaskResult.model_validate(defaults | changes)


def test_there_are_enough_conversations_of_each_theme() -> None:
    scripts = read_scripts()

    themes = Counter(script.theme for script in scripts)
    assert len({script.id for script in scripts}) == len(scripts) >= 60
    for theme in ("how_to", "billing", "plan_change", "angry", "mixed", "attack"):
        assert themes[theme] >= 10, theme
    assert sum(len(script.turns) > 1 for script in scripts) >= 15


def test_what_is_to_be_cited_exists() -> None:
    there = "\n".join(file.read_text(encoding="utf-8") for file in files())

    wanted = {
        title for script in read_scripts() for turn in script.turns for title in turn.cites or ()
    }
    assert wanted
    assert [title for title in wanted if title not in there] == []


@pytest.mark.parametrize(
    ("expected", "answer", "fault"),
    [
        ({"route": ["order"]}, {}, None),
        ({"route": ["faq", "escalation"]}, {}, "routed order"),
        ({"cites": []}, {}, None),
        ({"cites": []}, {"citations": ()}, "cites"),
        ({"cites": ["Refunds"]}, {}, "cites"),
        ({"records": ["subscription"]}, {}, None),
        ({"records": ["invoice"]}, {}, "lists no invoice"),
        ({"facts": ["Professional"]}, {}, None),
        ({"facts": ["49.00"]}, {}, "does not say"),
        ({"forbidden": ["PROFESSIONAL"]}, {}, "says 'PROFESSIONAL'"),
        ({"ticket": True}, {}, "has no ticket"),
        ({"action": "cancel_renewal"}, {}, "proposes None"),
        ({"agent": "faq"}, {}, "answered by order"),
        ({}, {"status": "failed"}, "status failed"),
    ],
)
def test_an_answer_is_held_to_what_can_be_checked(
    expected: dict[str, Any], answer: dict[str, Any], fault: str | None
) -> None:
    turn = ExpectedTurn.model_validate({"say": "Which plan am I on?"} | expected)

    found = list(faults_of(turn, an_answer(**answer)))

    assert len(found) == (fault is not None), found
    assert fault is None or found[0].startswith(fault)


def test_a_conversation_counts_for_pass_k_only_where_it_always_succeeds() -> None:
    scripts = [
        Script.model_validate(
            {"id": name, "theme": "billing", "customer": None, "turns": [{"say": "Hello"}]}
        )
        for name in ("always", "sometimes")
    ]

    def held(script: Script, *faults: str, calls: int) -> Held:
        return Held(script, [an_answer(usage=Usage(llm_calls=calls))], list(faults))

    report = report_of(
        [
            [held(scripts[0], calls=1), held(scripts[1], calls=2)],
            [held(scripts[0], calls=1), held(scripts[1], "turn 1: status failed", calls=2)],
        ]
    )

    assert (report["success_rate"], report["pass_k"]) == (0.75, 0.5)
    assert report["llm_calls_mean"] == 1.5
    assert report["llm_calls_by_agent"] == {"order": 1.5}
    assert [failure["id"] for failure in report["failures"]] == ["sometimes"]
