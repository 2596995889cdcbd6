"""Where things are kept in the data directory, and which ports are kept with it."""

import hashlib
import json
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Places:
    """Paths below one data directory."""

    root: Path

    @property
    def environment(self) -> Path:
        """``export NAME=value`` lines for other tools, there while the stack runs."""
        return self.root / "env"

    @property
    def lock(self) -> Path:
        """Held by the supervisor for as long as it lives."""
        return self.root / "lock"

    @property
    def ports(self) -> Path:
        """Which ports the processes inside use, kept so that stored addresses stay true."""
        return self.root / "ports.json"

    @property
    def logs(self) -> Path:
        """One log for each process, and ``functions/`` with one for each function."""
        return self.root / "logs"

    @property
    def function_logs(self) -> Path:
        """One log for each function."""
        return self.logs / "functions"

    @property
    def postgres(self) -> Path:
        """The embedded Postgres."""
        return self.root / "postgres"

    @property
    def emulator(self) -> Path:
        """The emulator's configuration, state and objects."""
        return self.root / "emulator"

    @property
    def emulator_state(self) -> Path:
        """The emulator's state, one file for each service."""
        return self.emulator / "state"

    @property
    def builds(self) -> Path:
        """What ``sam build`` made, by the hash of what it was made from."""
        return self.root / "build"

    @property
    def issuer(self) -> Path:
        """The local issuer's key and address."""
        return self.root / "oidc"

    @property
    def service_key(self) -> Path:
        """The service key that ``SERVICE=1 make token`` prints."""
        return self.root / "service-key"

    @property
    def outbox(self) -> Path:
        """Mails to customers, one file each."""
        return self.root / "outbox"

    @property
    def events(self) -> Path:
        """Domain events, one JSON object a line."""
        return self.root / "events.jsonl"

    @property
    def permissions(self) -> Path:
        """What functions used of their roles and what they were refused, an array a line."""
        return self.root / "permissions.jsonl"

    @property
    def model_cache(self) -> Path:
        """What the offline model keeps from start to start."""
        return self.root / "model"

    @property
    def deployed(self) -> Path:
        """What was deployed last, and how that ended."""
        return self.root / "deployed.json"

    @property
    def embedded(self) -> Path:
        """Names the model that the knowledge is embedded with."""
        return self.root / "embedding-model"

    @property
    def seeded(self) -> Path:
        """Lists databases that the sample data was loaded into: what was deleted since stays so."""
        return self.root / "seeded"

    def knows(self, file: Path, secret: str) -> bool:
        """Tells whether a text was noted in a file; only its hash was."""
        return file.exists() and _hash(secret) in file.read_text().split()

    def note(self, file: Path, secret: str) -> None:
        """Notes a text's hash in a file."""
        with file.open("a") as notes:
            notes.write(_hash(secret) + "\n")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def is_free(port: int) -> bool:
    """Tells whether a port of this machine can be listened on."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Finds a port of this machine that nobody listens on."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def write_json(file: Path, document: object) -> Path:
    """Writes a JSON document, makes its folder, and returns its path."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document))
    return file


def keep_ports(file: Path, names: tuple[str, ...]) -> tuple[dict[str, int], dict[str, int]]:
    """Picks ports: those of the last start, as far as they are still free.

    Args:
        file: Where they are kept.
        names: What ports are needed for.

    Returns:
        The ports now, and those of the last start.
    """
    former: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    now = {
        name: former[name] if name in former and is_free(former[name]) else free_port()
        for name in names
    }
    file.write_text(json.dumps(now))
    return now, former


def move_port(folder: Path, former: int, now: int) -> None:
    """Rewrites addresses in the emulator's state after its port had to change.

    Args:
        folder: Where the state's files are.
        former: The port they name.
        now: The port they shall name.
    """
    address = re.compile(rf"\b(localhost|127\.0\.0\.1):{former}\b")
    for file in folder.glob("*.json"):
        text = file.read_text()
        moved = address.sub(rf"\g<1>:{now}", text)
        if moved != text:
            file.write_text(moved)


def write_environment(file: Path, variables: Mapping[str, str]) -> None:
    """Writes ``export NAME=value`` lines, for nobody else to read: they hold a password.

    Args:
        file: Where to.
        variables: Names and values.
    """
    lines = [f"export {name}={_quoted(value)}\n" for name, value in variables.items()]
    file.touch(mode=0o600)
    file.write_text("".join(lines))


def read_environment(file: Path) -> dict[str, str]:
    """Reads what `write_environment` wrote; nothing where there is no file."""
    if not file.exists():
        return {}
    variables = {}
    for line in file.read_text().splitlines():
        name, _, value = line.removeprefix("export ").partition("=")
        variables[name] = value[1:-1].replace("'\\''", "'") if value[:1] == "'" else value
    return variables


def _quoted(value: str) -> str:
    if re.fullmatch(r"[\w@%+=:,./-]*", value):
        return value
    return "'" + value.replace("'", "'\\''") + "'"
