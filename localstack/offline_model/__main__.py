"""Runs the server: `python -m localstack.offline_model --port N --cache DIR`."""

import argparse
import logging
import socket
import sys
from pathlib import Path

import uvicorn

from localstack.offline_model.chat import ChatModel
from localstack.offline_model.classifier import Classifier, read_examples
from localstack.offline_model.embedding import LocalEmbedder
from localstack.offline_model.server import create_app

EXAMPLES = Path(__file__).parents[2] / "functions" / "agent_worker" / "routing" / "examples.jsonl"
SHUTDOWN_SECONDS = 1


class _Server(uvicorn.Server):
    """Says when it answers."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print("ready", flush=True)


def main() -> int:
    """Serves until it is told to stop."""
    options = _options()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(message)s")
    # With its protocol named, or asyncio leaves Nagle's algorithm on: 40 ms an answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        # Taken before the model is loaded: a port in use is known at once.
        listener.bind((options.host, options.port))
    except OSError as exc:
        print(f"cannot listen on {options.host}:{options.port}: {exc.strerror}", file=sys.stderr)
        return 1
    embedder = LocalEmbedder()
    classifier = Classifier.load_or_train(embedder, read_examples(options.examples), options.cache)
    # The first run of the model is slow: nobody should wait for it.
    classifier.classify("warm up")
    app = create_app(ChatModel(classifier, embedder), embedder)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        timeout_keep_alive=75,
    )
    _Server(config).run(sockets=[listener])
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m localstack.offline_model",
        description="An OpenAI-compatible model that needs no network and no key.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, required=True, help="port to listen on")
    parser.add_argument("--cache", type=Path, help="folder for the trained classifier")
    parser.add_argument(
        "--examples", type=Path, default=EXAMPLES, help="labelled examples for routing"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
