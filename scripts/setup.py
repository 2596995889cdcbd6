"""Makes `.venv` with the pinned development requirements and the project's code importable."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "frontdesk-setup"
LOG = ROOT / ".setup.log"
REQUIREMENTS = ROOT / "requirements"
# The places that the project's own modules are imported from, here as on AWS.
SOURCE_ROOTS = (ROOT / "functions", ROOT / "layers" / "common", ROOT)


class SetupError(Exception):
    """A step of the set-up failed; the text is for the user."""


def fingerprint() -> str:
    """Returns a digest of everything that decides what `.venv` holds."""
    digest = hashlib.sha256(f"{sys.version} {ROOT}".encode())
    for name in ("uv", "dev", "models"):
        digest.update((REQUIREMENTS / f"{name}.txt").read_bytes())
    digest.update(Path(__file__).read_bytes())
    return digest.hexdigest()


def is_current(wanted: str) -> bool:
    """Tells whether `.venv` was completed for the digest `wanted`."""
    try:
        return STAMP.read_text() == wanted
    except OSError:
        return False


def run(*command: str | Path) -> bool:
    """Runs a step, its output kept in a log; returns whether it succeeded."""
    environment = os.environ | {"UV_PYTHON_DOWNLOADS": "never"}
    # The caller may run inside another environment, which would otherwise be installed into.
    environment.pop("VIRTUAL_ENV", None)
    with LOG.open("ab") as log:
        step = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=log, stderr=log, check=False
        )
    return step.returncode == 0


def is_usable() -> bool:
    """Tells whether `.venv` was made here, by this Python, and still starts."""
    report = "import pip, sys; print(sys.version, sys.prefix, sep='|')"
    python = VENV / "bin" / "python"
    if not python.exists():
        return False
    probe = subprocess.run([python, "-c", report], capture_output=True, text=True, check=False)
    return probe.stdout.strip() == f"{sys.version}|{VENV}"


def create_venv() -> None:
    """Makes an empty `.venv`, where there is none of this Python at this place.

    What is there is kept and brought up to date: something may be running from it.

    Raises:
        SetupError: Python's venv module does not work here.
    """
    base = Path(getattr(sys, "_base_executable", sys.executable))
    if is_usable():
        return
    if VENV.exists():
        shutil.rmtree(VENV)
    if not run(base, "-m", "venv", VENV):
        raise SetupError(
            "`python3.13 -m venv .venv` failed (on Debian it needs the package python3.13-venv)"
        )


def install(name: str, *options: str) -> None:
    """Installs `requirements/<name>.txt` with uv, or with pip where uv cannot.

    uv is many times faster, but it does not know the indexes of pip's configuration.

    Args:
        name: Which of the requirement files.
        options: Further options that uv and pip both know.

    Raises:
        SetupError: Neither could install it.
    """
    arguments: Sequence[str | Path] = (
        "install",
        "--require-hashes",
        *options,
        "-r",
        REQUIREMENTS / f"{name}.txt",
    )
    python = VENV / "bin" / "python"
    uv = VENV / "bin" / "uv"
    if uv.exists() and run(uv, "pip", *arguments, "--python", python, "--quiet"):
        return
    if not run(python, "-m", "pip", *arguments, "--quiet", "--disable-pip-version-check"):
        raise SetupError(f"requirements/{name}.txt could not be installed")


def make_importable() -> None:
    """Puts the project's source folders on the path of `.venv`."""
    (site_packages,) = (VENV / "lib").glob("python*/site-packages")
    lines = [str(path) for path in SOURCE_ROOTS]
    (site_packages / "frontdesk.pth").write_text("\n".join(lines) + "\n")


def set_up() -> None:
    """Brings `.venv` up to date, alone: two commands may start at once in one checkout.

    Raises:
        SetupError: A step failed.
    """
    wanted = fingerprint()
    if is_current(wanted):
        return
    with (ROOT / ".setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_current(wanted):
            return
        print("Setting up .venv (once) …", file=sys.stderr, flush=True)
        LOG.write_bytes(b"")
        create_venv()
        install("uv")
        install("dev")
        install("models", "--no-deps")
        make_importable()
        STAMP.write_text(wanted)
        LOG.unlink()


if __name__ == "__main__":
    try:
        set_up()
    except SetupError as error:
        tail = LOG.read_text(errors="replace").strip().rsplit("\n", 1)[-1] if LOG.exists() else ""
        sys.exit(f"Set-up failed: {error}. {tail} (see {LOG.name})")
    except OSError as error:
        sys.exit(f"Set-up failed: {error}")
