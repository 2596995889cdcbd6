"""``make eval``: every evaluation on our own data, as one HTML page whose path is printed."""

import contextlib
import sys
from dataclasses import asdict
from pathlib import Path

from evals import conversations, retrieval, routing
from evals.knowledge_base import SourceDocument, knowledge_base
from evals.lines import read_lines
from evals.provider import Provider, ProviderError, configured_provider
from evals.report import Plot, Section, page
from evals.worker import worker_router
from frontdesk.domain.errors import FrontdeskError
from localstack.seed.documents import files
from localstack.settings import LocalStackError, Settings

DATA = Path(__file__).with_name("data")


def main() -> int:
    """Runs the evaluations.

    Returns:
        An exit status.
    """
    try:
        settings = Settings.from_environment()
        path = settings.data_dir / "evals" / "report.html"
        # Only the path goes to standard output.
        with contextlib.redirect_stdout(sys.stderr):
            path.parent.mkdir(parents=True, exist_ok=True)
            title = f"Frontdesk's evaluations: {settings.llm_model}, {settings.embedding_model}"
            path.write_text(page(title, _sections(settings)), encoding="utf-8")
    except (OSError, ValueError, LocalStackError, ProviderError, FrontdeskError) as error:
        print(f"evals: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print(path)
    return 0


def _sections(settings: Settings) -> list[Section]:
    folder = settings.data_dir / "evals"
    with configured_provider(settings) as provider:
        sections = [_routing(provider, folder), _retrieval(provider, folder)]
    return [*sections, _conversations(settings)]


def _routing(provider: Provider, folder: Path) -> Section:
    texts = read_lines(DATA / "routing.jsonl", routing.LabelledText)
    with worker_router(provider, folder) as (router, model):
        routed = routing.route_all(router, model, texts)
    report = routing.measure(routed)
    wrong = [
        (text.text, str(item.label), str(item.decision.route.agent), item.decision.source.value)
        for text, item in zip(texts, routed, strict=True)
        if not item.is_right
    ]
    return Section(
        "Routing",
        "Messages that are not among the router's examples, each as the first of a conversation.",
        {name: value for name, value in asdict(report).items() if name != "per_label"},
        [
            Plot("Recall by label", {name: one.recall for name, one in report.per_label.items()}),
            Plot(
                "Precision by label",
                {name: one.precision for name, one in report.per_label.items()},
            ),
        ],
        [("Message", "Belongs to", "Was routed", "By"), *wrong] if wrong else (),
    )


def _retrieval(provider: Provider, folder: Path) -> Section:
    documents = [
        SourceDocument(id=file.stem, text=file.read_text(encoding="utf-8")) for file in files()
    ]
    queries = read_lines(DATA / "retrieval.jsonl", retrieval.Query)
    with knowledge_base(documents, provider, folder) as knowledge:
        report = asdict(retrieval.evaluate(knowledge, queries))
    ranking = {name: value for name, value in report.items() if "_at_" in name}
    return Section(
        "Retrieval",
        "Questions in other words than those of the sample documents that answer them.",
        report,
        [Plot("Measures of the ranking", ranking)],
    )


def _conversations(settings: Settings) -> Section:
    report = conversations.evaluate(conversations.read_scripts(), settings)
    failures = [
        (failure["id"], failure["theme"], "; ".join(failure["faults"]))
        for failure in report["failures"]
    ]
    calls = report["llm_calls_by_agent"] | {"all": report["llm_calls_mean"]}
    return Section(
        "Conversations",
        "Held by the worker itself; graded on routes, receipts, forbidden words and the database.",
        {name: value for name, value in report.items() if not isinstance(value, dict | list)},
        [
            Plot("Success by theme", report["by_theme"]),
            Plot("Model calls a turn, by agent", calls, most=float(conversations.NAIVE_CALLS)),
            Plot("Routes", report["routes"], most=None),
        ],
        [("Conversation", "Theme", "What was wrong"), *failures] if failures else (),
    )


if __name__ == "__main__":
    sys.exit(main())
