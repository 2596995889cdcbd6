"""Builds what one function, or the layer, is deployed as: its code, its wheels, all compiled.

Called by functions/Makefile and layers/common/Makefile, which `sam build` runs. Wheels are
installed and compiled once for each requirements file and processor, and then linked, so that a
rebuild takes as long as copying the project's own code.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
REQUIREMENTS = ROOT / "requirements"
CACHE = Path(os.environ.get("FRONTDESK_BUILD_CACHE", VENV / "packages"))
PYTHON_VERSION = "3.13"
HOST = "host"
# Lambda's processors, as pip's and uv's tags name them.
PROCESSORS = {"arm64": "aarch64", "x86_64": "x86_64"}
# Python 3.13 on Lambda runs on Amazon Linux 2023, which has glibc 2.34.
GLIBC = ("manylinux_2_28", "manylinux_2_27", "manylinux_2_17", "manylinux2014")
NOT_SHIPPED = shutil.ignore_patterns("__pycache__", "*.pyc", "Makefile", ".*")


class PackagingError(Exception):
    """Something could not be built; the text is for the user."""


def run(*command: str | Path) -> None:
    """Runs a command, showing its output only where it fails.

    Raises:
        PackagingError: It failed.
    """
    step = subprocess.run(command, capture_output=True, text=True, check=False)
    if step.returncode != 0:
        raise PackagingError(f"{Path(command[0]).name} failed:\n{step.stdout}{step.stderr}")


def install(requirements: Path, target: Path, architecture: str) -> None:
    """Installs pinned wheels into a folder; never builds a package from its sources.

    Args:
        requirements: A file with hashes that lists everything, dependencies included.
        target: The folder.
        architecture: `arm64` or `x86_64` for AWS, `host` for this machine.

    Raises:
        PackagingError: They could not be installed.
    """
    options: list[str | Path] = [
        "--quiet",
        "--no-deps",
        "--require-hashes",
        "--only-binary",
        ":all:",
        "--target",
        target,
        "-r",
        requirements,
    ]
    uv = VENV / "bin" / "uv"
    processor = PROCESSORS.get(architecture)
    if uv.exists():
        platform = [f"--python-platform={processor}-{GLIBC[0]}"] if processor else []
        run(
            *(uv, "pip", "install", "--python", sys.executable),
            *(f"--python-version={PYTHON_VERSION}", *platform, *options),
        )
        return
    platform = [f"--platform={glibc}_{processor}" for glibc in GLIBC] if processor else []
    run(
        *(sys.executable, "-m", "pip", "install", "--disable-pip-version-check"),
        *(f"--python-version={PYTHON_VERSION}", *platform, *options),
    )


def compile_sources(folder: Path, deployed_as: str) -> None:
    """Compiles a folder's modules, in a way that survives being zipped.

    An archive changes the files' times, which would make ordinary compiled files stale; these
    are never checked against their sources.

    Args:
        folder: The folder.
        deployed_as: Its path on Lambda, for tracebacks.

    Raises:
        PackagingError: A module does not compile.
    """
    run(
        *(sys.executable, "-m", "compileall", "-q", "-j", "0"),
        *("--invalidation-mode", "unchecked-hash", "-s", folder, "-p", deployed_as, folder),
    )


def wheels(name: str, architecture: str, deployed_as: str) -> Path:
    """Returns a folder with the installed and compiled wheels of one requirements file.

    Args:
        name: Which of the requirements files.
        architecture: As for `install`.
        deployed_as: The folder's path on Lambda.

    Raises:
        PackagingError: They could not be installed.
    """
    requirements = REQUIREMENTS / f"{name}.txt"
    identity = (requirements.read_text(), architecture, deployed_as, sys.version)
    digest = hashlib.sha256("\0".join(identity).encode()).hexdigest()[:16]
    folder = CACHE / f"{name}-{architecture}-{digest}"
    if folder.exists():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix=f".{name}-") as scratch:
        made = Path(scratch) / "wheels"
        made.mkdir()
        if "==" in requirements.read_text():
            install(requirements, made, architecture)
            shutil.rmtree(made / "bin", ignore_errors=True)
            (made / ".lock").unlink(missing_ok=True)
            compile_sources(made, deployed_as)
        try:
            made.rename(folder)
        except OSError:
            # Another build was faster.
            if not folder.exists():
                raise
    return folder


def link(source: str, target: str) -> None:
    """Makes a file appear at a second place without copying it, where that is possible."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def build(name: str, package: Path, target: Path, *, inside: str, architecture: str) -> None:
    """Builds one deployable.

    Args:
        name: Which of the requirements files it needs.
        package: The project's own package that it ships.
        target: The folder that is deployed.
        inside: Where in that folder modules are imported from ('' or `python`).
        architecture: As for `install`.

    Raises:
        PackagingError: It could not be built.
    """
    deployed_as = "/opt/python" if inside else "/var/task"
    if target.exists():
        shutil.rmtree(target)
    modules = target / inside
    shutil.copytree(wheels(name, architecture, deployed_as), modules, copy_function=link)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        own = Path(scratch) / package.name
        shutil.copytree(package, own, ignore=NOT_SHIPPED)
        compile_sources(own, f"{deployed_as}/{package.name}")
        shutil.copytree(own, modules / package.name)


def main() -> None:
    """Builds what the command line asks for."""
    parser = argparse.ArgumentParser(description="Build one function or the layer.")
    parser.add_argument("name", help="a function's package, or 'layer'")
    parser.add_argument("target", type=Path, help="the folder to build into")
    parser.add_argument(
        "--architecture", choices=[*PROCESSORS, HOST], default="arm64", help="whose wheels"
    )
    arguments = parser.parse_args()
    is_layer = arguments.name == "layer"
    package = ROOT / ("layers/common/frontdesk" if is_layer else f"functions/{arguments.name}")
    try:
        build(
            arguments.name,
            package,
            arguments.target.resolve(),
            inside="python" if is_layer else "",
            architecture=arguments.architecture,
        )
    except (PackagingError, OSError) as error:
        sys.exit(f"{arguments.name} was not built: {error}")


if __name__ == "__main__":
    main()
