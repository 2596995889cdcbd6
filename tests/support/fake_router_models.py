"""Trained routers in memory: keeps the port's promise, as the contract tests hold."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic


@dataclass
class FakeRouterModelStore:
    """Implements RouterModelStore."""

    clock: Callable[[], float] = monotonic
    contents: dict[tuple[str, str], bytes] = field(default_factory=dict)
    claimed_until: dict[tuple[str, str], float] = field(default_factory=dict)

    def load(self, embedding_model: str, fingerprint: str) -> bytes | None:
        return self.contents.get((embedding_model, fingerprint))

    def claim(self, embedding_model: str, fingerprint: str, *, seconds: int) -> bool:
        key = (embedding_model, fingerprint)
        if key in self.contents or self.claimed_until.get(key, float("-inf")) > self.clock():
            return False
        self.claimed_until[key] = self.clock() + seconds
        return True

    def save(self, embedding_model: str, fingerprint: str, content: bytes) -> None:
        self.contents[embedding_model, fingerprint] = content
