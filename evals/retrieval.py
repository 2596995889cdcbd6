"""How well search finds the documents that answer a question.

``python -m evals.retrieval --docs DOCS.jsonl --queries QUERIES.jsonl`` ingests the documents into
a database of its own, asks every question, and prints one JSON object. A document ranks where its
best passage ranks. With ``--history`` a question is asked in its conversation: ``user_turns`` are
all that the customer wrote, the question last. With ``--misspelt`` each question has a slip in its
longest word.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean

from pydantic import BaseModel, ValidationError

from evals.knowledge_base import KnowledgeBase, SourceDocument, knowledge_base
from evals.lines import Id, read_lines
from evals.measures import ndcg_at, percentile, recall_at, reciprocal_rank
from evals.misspelling import misspelt
from evals.provider import ProviderError, configured_provider
from frontdesk.domain.errors import FrontdeskError
from localstack.settings import LocalStackError, Settings

DEPTH = 10
"""How many documents of a ranking are measured."""

PASSAGES = 100
"""How many passages are asked for, so that ten documents are among them."""


class Query(BaseModel):
    """A question, the documents that answer it, and what was asked before it."""

    text: str
    doc_ids: list[Id] = []
    user_turns: list[str] = []


@dataclass(frozen=True, slots=True)
class Report:
    """The measures, as the contract names them; milliseconds include embedding the question."""

    n: int
    recall_at_1: float
    recall_at_5: float
    mrr_at_10: float
    ndcg_at_10: float
    p50_ms: float
    p95_ms: float


def evaluate(
    knowledge: KnowledgeBase, queries: Sequence[Query], *, history: bool = False
) -> Report:
    """Asks every question and measures the rankings.

    Args:
        knowledge: The published documents.
        queries: The questions, each with at least one document.
        history: True to ask each in its conversation.

    Returns:
        The means of the measures.
    """
    knowledge.search.search("warm up")
    rankings: list[tuple[list[str], list[str]]] = []
    milliseconds: list[float] = []
    for query in queries:
        started = time.perf_counter()
        earlier = query.user_turns[:-1] if history else ()
        found = knowledge.search.search(query.text, limit=PASSAGES, earlier=earlier)
        milliseconds.append((time.perf_counter() - started) * 1000)
        ranking = list(dict.fromkeys(knowledge.source_ids[hit.document_id] for hit in found.hits))
        rankings.append((ranking, query.doc_ids))
    return Report(
        n=len(queries),
        recall_at_1=_mean(recall_at(ranking, ids, 1) for ranking, ids in rankings),
        recall_at_5=_mean(recall_at(ranking, ids, 5) for ranking, ids in rankings),
        mrr_at_10=_mean(reciprocal_rank(ranking, ids, DEPTH) for ranking, ids in rankings),
        ndcg_at_10=_mean(ndcg_at(ranking, ids, DEPTH) for ranking, ids in rankings),
        p50_ms=round(percentile(milliseconds, 0.5), 1),
        p95_ms=round(percentile(milliseconds, 0.95), 1),
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
        documents = read_lines(options.docs, SourceDocument)
        queries = read_lines(options.queries, Query)
        queries = [query for query in queries if query.doc_ids]
        if options.misspelt:
            queries = [query.model_copy(update={"text": misspelt(query.text)}) for query in queries]
        if not queries:
            raise ValueError(f"{options.queries}: no question has doc_ids")
        folder = settings.data_dir / "evals"
        with (
            configured_provider(settings) as provider,
            knowledge_base(documents, provider, folder) as knowledge,
        ):
            report = evaluate(knowledge, queries, history=options.history)
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


def _mean(values: Iterable[float]) -> float:
    return round(fmean(values), 4)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m evals.retrieval", description=__doc__)
    parser.add_argument("--docs", type=Path, required=True, help="lines of {id, title, text}")
    parser.add_argument("--queries", type=Path, required=True, help="lines of {text, doc_ids}")
    parser.add_argument(
        "--history", action="store_true", help="ask with the user_turns before each question"
    )
    parser.add_argument(
        "--misspelt", action="store_true", help="make a slip in each question's longest word"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
