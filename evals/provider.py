"""The configured model provider, started here where it is the offline one."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from frontdesk.observability import get_logger
from localstack.places import Places
from localstack.settings import ROOT, Settings

START_TIMEOUT_SECONDS = 60.0
"""The offline model trains its classifier at its first start."""


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenAI-compatible server and what to ask it for.

    Attributes:
        base_url: Where it is; '' for OpenAI's own.
    """

    base_url: str
    api_key: str
    llm_model: str
    embedding_model: str


class ProviderError(RuntimeError):
    """The offline model did not start."""


@contextmanager
def configured_provider(settings: Settings) -> Iterator[Provider]:
    """Gives the provider that the environment names; the offline one runs within the block.

    The functions log warnings only within it, where `POWERTOOLS_LOG_LEVEL` says nothing else.

    Args:
        settings: What the environment says.

    Yields:
        The provider.

    Raises:
        ProviderError: The offline model did not start.
    """
    with _quiet_functions():
        if not settings.is_offline:
            yield _provider(settings, settings.openai_base_url)
            return
        with _offline_model(Places(settings.data_dir)) as base_url:
            yield _provider(settings, base_url)


@contextmanager
def _quiet_functions() -> Iterator[None]:
    """Keeps what the functions log of each turn out of a report, unless a level is asked for."""
    if "POWERTOOLS_LOG_LEVEL" in os.environ:
        yield
        return
    log = get_logger()
    level = log.log_level
    log.setLevel("WARNING")
    try:
        yield
    finally:
        log.setLevel(level)


@contextmanager
def _offline_model(places: Places) -> Iterator[str]:
    port = _free_port()
    places.model_cache.mkdir(parents=True, exist_ok=True)
    options = ["--port", str(port), "--cache", str(places.model_cache)]
    process = subprocess.Popen(
        [sys.executable, "-m", "localstack.offline_model", *options],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    )
    # A server that hangs is ended by this, and its standard output with it.
    watchdog = threading.Timer(START_TIMEOUT_SECONDS, process.kill)
    watchdog.start()
    try:
        first_line = process.stdout.readline() if process.stdout else ""
        watchdog.cancel()
        if first_line.strip() != "ready":
            raise ProviderError("the offline model did not start")
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        watchdog.cancel()
        process.terminate()
        process.wait()


def _provider(settings: Settings, base_url: str) -> Provider:
    return Provider(
        base_url=base_url,
        api_key=settings.openai_api_key,
        llm_model=settings.llm_model,
        embedding_model=settings.embedding_model,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
