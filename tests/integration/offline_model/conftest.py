from collections.abc import Iterator
from pathlib import Path

import pytest
from openai import OpenAI

from localstack.offline_model.embedding import LocalEmbedder
from tests.support.offline_model import running_server


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("offline_model")


@pytest.fixture(scope="session")
def base_url(cache: Path) -> Iterator[str]:
    with running_server(cache) as url:
        yield url


@pytest.fixture
def client(base_url: str) -> Iterator[OpenAI]:
    with OpenAI(base_url=base_url, api_key="none", max_retries=0, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def embedder() -> LocalEmbedder:
    return LocalEmbedder()
