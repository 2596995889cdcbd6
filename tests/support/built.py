"""Functions built for this machine, as `sam build` builds them for AWS."""

import json
from pathlib import Path

from scripts import package
from tests.support.template import Template

FUNCTIONS = (
    "agent_worker",
    "authorizer",
    "chat_ingest",
    "db_migrate",
    "housekeeping",
    "kb_ingest",
    "notifier",
    "status",
    "support_api",
)
LIGHT = ("authorizer", "chat_ingest", "status")


def environment_of(name: str) -> dict[str, str]:
    """Returns a function's variables as `sam local` would set them with events/env.json.

    Args:
        name: The function's package.
    """
    template = Template()
    (logical_id,) = (found for found in template.functions() if template.package(found) == name)
    overrides: dict[str, dict[str, str]] = json.loads(
        (package.ROOT / "events" / "env.json").read_text()
    )
    parameters = template.document["Parameters"]
    variables: dict[str, str] = {}
    for variable, value in template.environment(logical_id).items():
        if isinstance(value, str):
            variables[variable] = value
        elif value.get("Ref") in parameters:
            variables[variable] = str(parameters[value["Ref"]]["Default"])
    return variables | overrides[logical_id]


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
