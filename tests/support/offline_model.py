"""A fake of the embedding model, requests for the chat model, and its server as a process."""

import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from localstack.offline_model.classifier import Classifier, Example
from localstack.offline_model.embedding import DIMENSIONS, FloatArray
from localstack.offline_model.features import sparse_features
from localstack.offline_model.text import content_stems, words

ROOT = Path(__file__).parents[2]
START_SECONDS = 60


class FakeEmbedder:
    """Texts with words in common are alike; no model is loaded."""

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed(self, texts: Sequence[str]) -> FloatArray:
        self.embedded += texts
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for row, text in enumerate(texts):
            # The hashed words of the features, folded into the vector's length.
            for feature in sparse_features(" ".join(sorted(content_stems(text)))):
                vectors[row, feature % DIMENSIONS] += 1.0
            vectors[row] /= np.linalg.norm(vectors[row]) or 1.0
        return vectors

    def count_tokens(self, text: str) -> int:
        return len(words(text))


EXAMPLES = (
    *(
        Example(text, "faq")
        for text in (
            "how do I add a member",
            "what is the refund policy",
            "how do I create a project",
            "which plans are there",
            "what does it cost",
            "how do I reset a password",
        )
    ),
    *(
        Example(text, "order")
        for text in (
            "show my invoices",
            "check my subscription status",
            "where is my order",
            "did my payment arrive",
            "what is my plan",
            "is my invoice paid",
        )
    ),
    *(
        Example(text, "escalation")
        for text in (
            "I want a human",
            "let me speak to a person",
            "this is unacceptable",
            "I want to complain",
            "get me your manager",
            "I am furious",
        )
    ),
    *(
        Example(text, "out_of_scope")
        for text in (
            "tell me a joke",
            "what is the weather",
            "play some music",
            "who won the match",
            "recipe for pancakes",
            "how tall is Everest",
        )
    ),
)


def a_classifier(embedder: FakeEmbedder | None = None) -> Classifier:
    return Classifier.train(embedder or FakeEmbedder(), EXAMPLES)


def a_tool(
    name: str,
    description: str = "",
    properties: Mapping[str, Any] | None = None,
    required: Sequence[str] | None = None,
) -> dict[str, Any]:
    properties = properties or {}
    parameters = {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties if required is None else required),
        "additionalProperties": False,
    }
    function = {"name": name, "description": description, "parameters": parameters}
    return {"type": "function", "function": function}


SEARCH = a_tool(
    "search_knowledge_base",
    "Search the help articles.",
    {
        "query": {"type": "string"},
        "category": {"type": "string", "enum": ["faq", "documentation", "policy"]},
    },
    required=["query"],
)
CUSTOMER = a_tool("get_customer_info", "Look up the signed-in customer's contact details.")
SUBSCRIPTION = a_tool("get_subscription_details", "Look up the customer's subscription.")
INVOICES = a_tool(
    "get_invoices",
    "List the customer's invoices.",
    {
        "status": {"type": "string", "enum": ["draft", "open", "paid", "overdue", "void"]},
        "limit": {"type": "integer", "minimum": 1, "maximum": 20},
    },
    required=[],
)
TICKET = a_tool(
    "create_support_ticket",
    "Open a ticket, so that a person follows up.",
    {
        "subject": {"type": "string"},
        "description": {"type": "string"},
        "category": {
            "type": "string",
            "enum": ["billing", "technical", "account", "feature_request", "bug_report", "other"],
        },
        "priority": {"type": "string", "enum": ["low", "medium", "high", "urgent"]},
    },
)
ACCOUNT_TOOLS = [CUSTOMER, SUBSCRIPTION, INVOICES]

ROUTE_FORMAT = {
    "type": "json_schema",
    "json_schema": {
        "name": "route",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {
                "reasoning": {"type": "string"},
                "agent": {"type": "string", "enum": ["faq", "order", "escalation", "out_of_scope"]},
                "confidence": {"type": "number", "minimum": 0, "maximum": 1},
            },
            "required": ["reasoning", "agent", "confidence"],
            "additionalProperties": False,
        },
    },
}


def a_system(agent: str = "FAQ", extra: str = "") -> dict[str, str]:
    first = f"You are the {agent} agent of Acme's support team."
    return {"role": "system", "content": f"{first}\n\n# CONTEXT\nAcme makes rockets.\n{extra}"}


def a_user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def an_assistant(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def tool_round(*results: tuple[str, str]) -> list[dict[str, Any]]:
    """An assistant's message that calls tools, and their answers as JSON text."""
    calls = [
        {
            "id": f"call_{index}",
            "type": "function",
            "function": {"name": name, "arguments": "{}"},
        }
        for index, (name, _) in enumerate(results)
    ]
    answers = [
        {"role": "tool", "tool_call_id": f"call_{index}", "content": content}
        for index, (_, content) in enumerate(results)
    ]
    return [{"role": "assistant", "content": None, "tool_calls": calls}, *answers]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(port: int, cache: Path) -> subprocess.Popen[str]:
    """Starts the server; its first line of output says that it answers."""
    command = [sys.executable, "-m", "localstack.offline_model"]
    return subprocess.Popen(
        [*command, "--port", str(port), "--cache", str(cache)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def running_server(cache: Path) -> Iterator[str]:
    """Runs the server for the block and yields its base URL."""
    port = free_port()
    with start_server(port, cache) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", "the server did not start"
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()
            process.communicate(timeout=START_SECONDS)
