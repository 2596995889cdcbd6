"""Functions built for this machine, as `sam build` builds them for AWS."""

import json
from pathlib import Path

from scripts import package

FUNCTIONS = (
    "agent_worker",
    "authorizer",
    "chat_ingest",
    "db_migrate",
    "kb_ingest",
    "status",
    "support_api",
)
LIGHT = ("authorizer", "chat_ingest", "status")


def environment_of(name: str) -> dict[str, str]:
    """Returns a function's variables as events/env.json has them; nothing answers there.

    Args:
        name: The function's package.
    """
    overrides: dict[str, dict[str, str]] = json.loads(
        (package.ROOT / "events" / "env.json").read_text()
    )
    logical_id = "".join(part.capitalize() for part in name.split("_")) + "Function"
    return {"POWERTOOLS_SERVICE_NAME": name, **overrides[logical_id]}


class Built:
    """Deployables, built when they are asked for.

    Args:
        folder: Where they are built.
        architecture: ``host``, or one of Lambda's.
    """

    def __init__(self, folder: Path, architecture: str = package.HOST) -> None:
        self._folder = folder
        self._architecture = architecture

    def function(self, name: str) -> Path:
        """Returns a function's folder."""
        return self._build(name, package.ROOT / "functions" / name, "")

    def layer(self) -> Path:
        """Returns the layer's folder, as it is below ``/opt``."""
        return self._build("layer", package.ROOT / "layers/common/frontdesk", "python")

    def import_paths(self, name: str) -> list[Path]:
        """Returns where a function imports from: itself, the layer, the runtime client."""
        client = package.wheels("runtime", package.HOST, "/var/runtime")
        return [self.function(name), self.layer() / "python", client]

    def _build(self, name: str, source: Path, inside: str) -> Path:
        target = self._folder / name
        if not target.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            package.build(name, source, target, inside=inside, architecture=self._architecture)
        return target
