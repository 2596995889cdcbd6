"""How well messages are routed.

``python -m evals.routing FILE.jsonl`` sends every text through the worker's own router, with the
configured provider, and prints one JSON object. How the routes were found goes to standard error.
With ``ROUTER_CONFIDENCE=0`` the model is not asked; above 1 it always is. With ``--misspelt`` the
measures are those of the texts with slips in two words each, beside what they are of the texts as
they are written.
"""

import argparse
import contextlib
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from pydantic import BaseModel, ValidationError

from agent_worker.budget import TurnBudget
from agent_worker.memory import Window
from agent_worker.model_session import ModelSession
from agent_worker.routing.router import Decision, Router
from agent_worker.telemetry import Telemetry
from evals.lines import read_lines
from evals.measures import percentile
from evals.misspelling import hurried
from evals.provider import ProviderError, configured_provider
from evals.worker import worker_router
from frontdesk.domain.errors import FrontdeskError
from frontdesk.domain.task import RouteLabel
from frontdesk.ports import ChatModel
from frontdesk.pricing import PRICES
from localstack.settings import LocalStackError, Settings

TURN_SECONDS = 60.0
"""As long as the worker's function may run."""


class LabelledText(BaseModel):
    """A message and where it belongs."""

    text: str
    label: RouteLabel


@dataclass(frozen=True, slots=True)
class LabelReport:
    """How well one label is found; ``n`` is how many texts have it."""

    precision: float
    recall: float
    f1: float
    n: int


@dataclass(frozen=True, slots=True)
class Report:
    """The measures, as the contract names them; milliseconds are of one route."""

    n: int
    accuracy: float
    macro_f1: float
    per_label: dict[str, LabelReport]
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class Misspelling:
    """What slips cost: beside the measures of misspelt texts, those of the texts as written.

    Attributes:
        wrongly_declined: How many were said to be out of scope, and are not.
    """

    wrongly_declined: int
    accuracy_as_written: float
    macro_f1_as_written: float
    wrongly_declined_as_written: int


@dataclass(frozen=True, slots=True)
class Routed:
    """A text that was routed.

    Attributes:
        label: Where it belongs.
        milliseconds: What routing it took.
    """

    label: RouteLabel
    decision: Decision
    milliseconds: float

    @property
    def is_right(self) -> bool:
        """Whether the router found the label."""
        return self.decision.route.agent is self.label


def route_all(router: Router, model: ChatModel, texts: Sequence[LabelledText]) -> list[Routed]:
    """Routes texts, each as the first message of a conversation.

    Args:
        router: The worker's router.
        model: The model that it may ask.
        texts: What to route.

    Returns:
        The routes, in order.
    """
    telemetry = Telemetry()
    routed: list[Routed] = []
    for item in texts:
        session = ModelSession(model, TurnBudget(TURN_SECONDS), PRICES, telemetry)
        started = time.perf_counter()
        decision = router.decide(Window((), item.text), session)
        milliseconds = (time.perf_counter() - started) * 1000
        routed.append(Routed(item.label, decision, milliseconds))
    return routed


def measure(routed: Sequence[Routed]) -> Report:
    """Measures routes against the labels.

    Args:
        routed: At least one route.

    Returns:
        The measures; ``macro_f1`` is the mean over the labels that occur.
    """
    per_label = {
        label.value: _label_report(label, routed)
        for label in RouteLabel
        if any(item.label is label for item in routed)
    }
    milliseconds = [item.milliseconds for item in routed]
    return Report(
        n=len(routed),
        accuracy=round(fmean(item.is_right for item in routed), 4),
        macro_f1=round(fmean(report.f1 for report in per_label.values()), 4),
        per_label=per_label,
        p50_ms=round(percentile(milliseconds, 0.5), 1),
        p95_ms=round(percentile(milliseconds, 0.95), 1),
    )


def compare(misspelt: Sequence[Routed], as_written: Sequence[Routed]) -> Misspelling:
    """Compares routes of misspelt texts with those of the same texts as they are written.

    Args:
        misspelt: The routes.
        as_written: At least one route.

    Returns:
        What slips cost.
    """
    right = measure(as_written)
    return Misspelling(
        wrongly_declined=_wrongly_declined(misspelt),
        accuracy_as_written=right.accuracy,
        macro_f1_as_written=right.macro_f1,
        wrongly_declined_as_written=_wrongly_declined(as_written),
    )


def describe_sources(routed: Sequence[Routed]) -> str:
    """Says how the routes were found, and how often each way was right.

    Args:
        routed: The routes.

    Returns:
        One line a source.
    """
    counts = Counter(item.decision.source for item in routed)
    right = Counter(item.decision.source for item in routed if item.is_right)
    return "\n".join(
        f"{source}: {count} of {len(routed)}, {right[source] / count:.4f} of them right"
        for source, count in counts.most_common()
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command.

    Args:
        arguments: The command line; the process's own by default.

    Returns:
        The exit status.
    """
    options = _options(arguments)
    try:
        settings = Settings.from_environment()
        texts = read_lines(options.file, LabelledText)
        if not texts:
            raise ValueError(f"{options.file}: nothing to route")
        with (
            configured_provider(settings) as provider,
            # The worker logs to standard output, which here is for the report alone.
            contextlib.redirect_stdout(sys.stderr),
            worker_router(provider, settings.data_dir / "evals") as (router, model),
        ):
            route_all(router, model, texts[:1])
            routed = route_all(router, model, texts)
            beside: dict[str, Any] = {}
            if options.misspelt:
                as_written = routed
                slipped = [item.model_copy(update={"text": hurried(item.text)}) for item in texts]
                routed = route_all(router, model, slipped)
                beside = asdict(compare(routed, as_written))
    except (
        OSError,
        ValueError,
        ValidationError,
        ProviderError,
        LocalStackError,
        FrontdeskError,
    ) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print(describe_sources(routed), file=sys.stderr)
    print(json.dumps(asdict(measure(routed)) | beside))
    return 0


def _wrongly_declined(routed: Sequence[Routed]) -> int:
    declined = RouteLabel.OUT_OF_SCOPE
    return sum(item.decision.route.agent is declined and not item.is_right for item in routed)


def _label_report(label: RouteLabel, routed: Sequence[Routed]) -> LabelReport:
    truly = sum(item.label is label for item in routed)
    said = sum(item.decision.route.agent is label for item in routed)
    both = sum(item.label is label and item.is_right for item in routed)
    precision = both / said if said else 0.0
    recall = both / truly if truly else 0.0
    f1 = 2 * precision * recall / (precision + recall) if both else 0.0
    return LabelReport(round(precision, 4), round(recall, 4), round(f1, 4), truly)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m evals.routing", description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE.jsonl", help="lines of {text, label}")
    parser.add_argument(
        "--misspelt", action="store_true", help="make slips in two words of each text"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
