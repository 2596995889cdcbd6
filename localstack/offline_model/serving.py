"""Loads the model and serves it until the process is told to stop."""

import logging
import socket
import sys
from pathlib import Path

import uvicorn

from localstack.offline_model.chat import ChatModel
from localstack.offline_model.classifier import Classifier, read_examples
from localstack.offline_model.embedding import LocalEmbedder
from localstack.offline_model.server import create_app

SHUTDOWN_SECONDS = 1


class _Server(uvicorn.Server):
    """Says when it answers."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print("ready", flush=True)


def serve(host: str, port: int, examples: Path, cache: Path | None) -> int:
    """Serves the model, and prints one line when it answers.

    Args:
        host: Address to listen on.
        port: Port to listen on.
        examples: Labelled examples for routing.
        cache: Folder for the trained classifier; None trains it at every start.

    Returns:
        The exit status; 1 where the port cannot be had.
    """
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(message)s")
    # With its protocol named, or asyncio leaves Nagle's algorithm on: 40 ms an answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        # Taken before the model is loaded: a port in use is known at once.
        listener.bind((host, port))
    except OSError as exc:
        print(f"cannot listen on {host}:{port}: {exc.strerror}", file=sys.stderr)
        return 1
    embedder = LocalEmbedder()
    classifier = Classifier.load_or_train(embedder, read_examples(examples), cache)
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
