"""Builds the functions with ``sam build``, once for the same sources."""

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from localstack.places import Places
from localstack.processes import Children
from localstack.settings import ROOT, LocalStackError

TEMPLATE = "template.yaml"

_SOURCES = ("functions", "layers", "requirements", "scripts", TEMPLATE)
_IGNORED = ("__pycache__", ".mypy_cache", ".ruff_cache")
_KEPT_AWAY = ("AWS_", "DATABASE_", "LLM_", "OPENAI_", "PYTHON", "SAM_")
"""Beginnings of variables that a build must not depend on; of all others, such as those about
certificates and proxies, the package installer may need any."""


def source_files(root: Path) -> Iterator[Path]:
    """Lists what a build is made from, in a fixed order."""
    for name in _SOURCES:
        place = root / name
        if place.is_file():
            yield place
        for file in sorted(place.rglob("*")):
            if file.is_file() and not any(part in _IGNORED for part in file.parts):
                yield file


def digest_of_sources(root: Path = ROOT) -> str:
    """Returns a name for exactly these sources, built by this Python."""
    digest = hashlib.sha256(sys.version.encode())
    for file in source_files(root):
        digest.update(f"\0{file.relative_to(root)}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def find(places: Places) -> Path | None:
    """Returns the folder with the build of the present sources; None where there is none."""
    target = places.builds / digest_of_sources()
    return target if (target / TEMPLATE).exists() else None


def build(places: Places, children: Children) -> Path:
    """Builds the present sources.

    Args:
        places: Where the build goes.
        children: Where the build's process is kept, so that it can be stopped.

    Returns:
        The folder with the built template.

    Raises:
        LocalStackError: The build failed.
    """
    target = places.builds / digest_of_sources()
    partial = places.builds / f"partial-{os.getpid()}"
    shutil.rmtree(partial, ignore_errors=True)
    places.builds.mkdir(parents=True, exist_ok=True)
    log = places.logs / "build.log"
    command = [
        sys.executable, "-m", "samcli", "build", "--parallel",
        "--template-file", str(ROOT / TEMPLATE),
        "--build-dir", str(partial / "built"),
        "--cache-dir", str(partial / "cache"),
    ]  # fmt: skip
    child = children.start("sam build", command, log=log, environment=_environment())
    status = child.process.wait()
    children.forget(child)
    if status != 0:
        shutil.rmtree(partial, ignore_errors=True)
        raise LocalStackError(f"sam build failed: {_reason(child.log_tail())} (all of it: {log})")
    (partial / "built").rename(target)
    shutil.rmtree(partial, ignore_errors=True)
    return target


def remove_other_builds(places: Places, keep: Path) -> None:
    """Removes builds that nothing runs from any more."""
    for folder in places.builds.iterdir():
        if folder != keep:
            shutil.rmtree(folder, ignore_errors=True)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_KEPT_AWAY)}
    return {
        **kept,
        # This machine runs what is built: its own wheels, not Lambda's.
        "ARCHITECTURE": "host",
        "AWS_DEFAULT_REGION": "us-east-1",
        "SAM_CLI_TELEMETRY": "0",
    }


def _reason(output: str) -> str:
    """Finds the lines that say why a build failed, and puts them into one."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for number, line in enumerate(lines):
        if "was not built" in line or "No space left" in line:
            return " ".join(lines[number : number + 3])
    return lines[-1] if lines else "it said nothing"
