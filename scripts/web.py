"""Builds the pages of ``web/`` into ``web/dist``, where Node is there. Quick when nothing changed.

``python scripts/web.py`` builds, ``python scripts/web.py check`` checks the types and runs the
unit tests. Needs nothing but the standard library.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

WEB = Path(__file__).resolve().parent.parent / "web"
BUILT = WEB / "dist"
MODULES = WEB / "node_modules"
STAMP = ".stamp"
OLDEST_NODE = (20, 19)
NOT_SOURCES = {"dist", "node_modules", "test"}


class NotBuiltError(Exception):
    """The pages cannot be built on this machine; the text is one line for the user."""


class FaultyError(Exception):
    """The sources are at fault; the text is what the tool said."""


def sources() -> Iterator[Path]:
    """Lists what the pages are built from, in a fixed order."""
    for file in sorted(WEB.rglob("*")):
        parts = file.relative_to(WEB).parts
        if parts[0].partition(".")[0] not in NOT_SOURCES and file.is_file() and parts[0] != ".lock":
            yield file


def digest(*files: Path) -> str:
    """Returns a name for exactly these files."""
    made = hashlib.sha256()
    for file in files:
        made.update(f"\0{file.relative_to(WEB)}\0".encode())
        made.update(file.read_bytes())
    return made.hexdigest()


def is_stamped(folder: Path, wanted: str) -> bool:
    """Tells whether a folder was completed for a digest."""
    stamp = folder / STAMP
    return stamp.is_file() and stamp.read_text() == wanted


def check_node() -> None:
    """Makes sure that there is a Node that can build.

    Raises:
        NotBuiltError: There is none.
    """
    needed = f"Node {'.'.join(map(str, OLDEST_NODE))} or newer, with npm"
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise NotBuiltError(f"{needed}, is not there")
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
    version = re.match(r"v(\d+)\.(\d+)", said.stdout)
    if version is None or tuple(map(int, version.groups())) < OLDEST_NODE:
        raise NotBuiltError(f"{needed}, is needed, and this is {said.stdout.strip() or 'none'}")


def npm(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs npm in ``web/``."""
    return subprocess.run(
        ["npm", "--silent", *arguments],
        cwd=WEB,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def install() -> None:
    """Installs exactly what the lock file names, where that is not there yet.

    Raises:
        NotBuiltError: npm could not.
    """
    wanted = digest(WEB / "package-lock.json")
    if is_stamped(MODULES, wanted):
        return
    print("Installing the packages of the pages (once) …", file=sys.stderr, flush=True)
    done = npm("ci", "--no-audit", "--no-fund")
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if "error" in line] or [
            "it said nothing"
        ]
        raise NotBuiltError(f"npm could not install their packages ({lines[-1].strip()})")
    (MODULES / STAMP).write_text(wanted)


def build() -> None:
    """Builds, unless that was done for these sources; a page is never half there.

    Raises:
        NotBuiltError: This machine cannot.
        FaultyError: The sources cannot be built.
    """
    wanted = digest(*sources())
    if is_stamped(BUILT, wanted):
        return
    check_node()
    with (WEB / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_stamped(BUILT, wanted):
            return
        install()
        partial = WEB / f"dist.{os.getpid()}"
        for config in ("vite.config.ts", "vite.widget.config.ts"):
            done = npm("exec", "--", "vite", "build", "--config", config, "--outDir", str(partial))
            if done.returncode != 0:
                shutil.rmtree(partial, ignore_errors=True)
                raise FaultyError(done.stdout + done.stderr)
        (partial / STAMP).write_text(wanted)
        former = WEB / f"dist.{os.getpid()}.former"
        if BUILT.exists():
            BUILT.rename(former)
        partial.rename(BUILT)
        shutil.rmtree(former, ignore_errors=True)


def check() -> None:
    """Checks the types of the sources and runs their unit tests.

    Raises:
        NotBuiltError: This machine cannot.
        FaultyError: Something is wrong with them.
    """
    check_node()
    with (WEB / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        install()
    for script in ("check", "test"):
        done = npm("run", script)
        if done.returncode != 0:
            raise FaultyError(done.stdout + done.stderr)


def main() -> None:
    """Does what the command line says. A machine without Node is no fault of the sources."""
    try:
        (check if sys.argv[1:] == ["check"] else build)()
    except NotBuiltError as reason:
        print(f"The widget and the console are left out: {reason}.", file=sys.stderr)
    except FaultyError as fault:
        sys.exit(f"The widget and the console cannot be built:\n{fault}")


if __name__ == "__main__":
    main()
