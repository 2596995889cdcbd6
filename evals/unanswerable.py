"""How well search tells questions that the documents answer from those that they do not.

``python -m evals.unanswerable --docs DOCS.jsonl --queries QUERIES.jsonl --unanswerable FILE.jsonl``
ingests the documents into a database of its own, asks the questions of both files, each in its
conversation where the line has ``user_turns``, and prints one JSON object: the area under the curve
of the confidence, and what each threshold declines at which cost.
"""

import argparse
import json
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import ValidationError

from evals.knowledge_base import KnowledgeBase, SourceDocument, knowledge_base
from evals.lines import read_lines
from evals.provider import ProviderError, configured_provider
from evals.retrieval import Query
from frontdesk.domain.errors import FrontdeskError
from localstack.settings import LocalStackError, Settings

PASSAGES = 5
"""As many as an agent is given."""

THRESHOLDS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4)


@dataclass(frozen=True, slots=True)
class Declined:
    """What a threshold does.

    Attributes:
        unanswerable: Share of the unanswerable questions that are declined.
        answerable: Share of the answerable ones that are: the cost.
    """

    threshold: float
    unanswerable: float
    answerable: float


@dataclass(frozen=True, slots=True)
class Report:
    """The measures.

    Attributes:
        auc: How often an answerable question has more confidence than an unanswerable one.
        auc_of_similarity: The same, of the best similarity alone.
    """

    n_answerable: int
    n_unanswerable: int
    auc: float
    auc_of_similarity: float
    declined: list[Declined]


@dataclass(frozen=True, slots=True)
class Told:
    """What search tells of a question."""

    confidence: float
    similarity: float


def ask_all(knowledge: KnowledgeBase, queries: Sequence[Query]) -> list[Told]:
    """Asks every question in its conversation.

    Args:
        knowledge: The published documents.
        queries: The questions.

    Returns:
        What search tells of each; a question of which it cannot tell is never declined.
    """
    told = []
    for query in queries:
        found = knowledge.search.search(query.text, limit=PASSAGES, earlier=query.user_turns[:-1])
        similarity = max((hit.similarity or 0.0 for hit in found.hits), default=0.0)
        told.append(Told(1.0 if found.confidence is None else found.confidence, similarity))
    return told


def measure(answerable: Sequence[Told], unanswerable: Sequence[Told]) -> Report:
    """Measures how well the two kinds are told apart.

    Args:
        answerable: Of questions that the documents answer; at least one.
        unanswerable: Of the others; at least one.

    Returns:
        The measures.
    """
    good = [told.confidence for told in answerable]
    bad = [told.confidence for told in unanswerable]
    return Report(
        n_answerable=len(good),
        n_unanswerable=len(bad),
        auc=area_under_curve(good, bad),
        auc_of_similarity=area_under_curve(
            [told.similarity for told in answerable], [told.similarity for told in unanswerable]
        ),
        declined=[
            Declined(threshold, _share_below(bad, threshold), _share_below(good, threshold))
            for threshold in THRESHOLDS
        ],
    )


def area_under_curve(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Tells how often a positive has the higher score; ties count half.

    Args:
        positive: Scores that should be high; at least one.
        negative: Scores that should be low; at least one.

    Returns:
        0 to 1; a half by chance.
    """
    ordered = sorted(negative)
    lower = sum(bisect_left(ordered, score) + bisect_right(ordered, score) for score in positive)
    return round(lower / 2 / len(positive) / len(negative), 4)


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
        documents = read_lines(options.docs, SourceDocument)
        answerable = read_lines(options.queries, Query)
        unanswerable = read_lines(options.unanswerable, Query)
        if not answerable or not unanswerable:
            raise ValueError("questions of both kinds are needed")
        with (
            configured_provider(settings) as provider,
            knowledge_base(documents, provider, settings.data_dir / "evals") as knowledge,
        ):
            report = measure(ask_all(knowledge, answerable), ask_all(knowledge, unanswerable))
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
    print(json.dumps(asdict(report)))
    return 0


def _share_below(values: Sequence[float], threshold: float) -> float:
    return round(sum(value < threshold for value in values) / len(values), 4)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m evals.unanswerable", description=__doc__)
    parser.add_argument("--docs", type=Path, required=True, help="lines of {id, title, text}")
    parser.add_argument("--queries", type=Path, required=True, help="lines of {text, user_turns?}")
    parser.add_argument(
        "--unanswerable", type=Path, required=True, help="the same, of what no document answers"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
