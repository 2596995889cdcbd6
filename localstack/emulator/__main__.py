"""Runs the emulator and the gateway: ``python -m localstack.emulator CONFIG.json``.

Serves until it gets SIGTERM or its standard input ends, which it does when the supervisor is gone.
"""

import asyncio
import contextlib
import gc
import json
import os
import re
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import uvicorn
from pydantic import BaseModel

from localstack.emulator.functions import FunctionProcess

STOP_SECONDS = 2.0
"""How long requests and invocations that are under way may take to end."""

SWITCH_SECONDS = 0.0005
"""How long a thread may keep the others waiting: the poller and the saver run beside requests."""

_EXTRA_HEADER = re.compile(rb"access-control-|x-amz-(?:id-2|request-id)$", re.IGNORECASE)


class EmulatorConfig(BaseModel):
    """What the supervisor tells the emulator's process.

    Attributes:
        data_dir: Where everything is written.
        emulator_port: Where the AWS APIs are served.
        gateway_port: Where the HTTP API is served.
        issuer_port: Where the issuer's address points to, where that is another port.
        region: The region that resources are made in.
        save_seconds: How much of the state a kill can cost at most.
    """

    data_dir: Path
    emulator_port: int
    gateway_port: int
    issuer_port: int | None = None
    region: str = "us-east-1"
    save_seconds: float = 15.0


def prepare_environment(config: EmulatorConfig) -> None:
    """Sets what the emulator reads while it is imported."""
    state = config.data_dir / "emulator"
    os.environ.update(
        {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(config.emulator_port),
            "MINISTACK_REGION": config.region,
            "AWS_DEFAULT_REGION": config.region,
            "PERSIST_STATE": "1",
            "STATE_DIR": str(state / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(state / "s3"),
            "LOG_LEVEL": "WARNING",
            # No listeners but ours, and nothing to do with a Docker that may be here.
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "DOCKER_HOST": f"unix://{state}/no-docker.sock",
        }
    )


class ControlledEmulator:
    """The emulator's ASGI application, with the supervisor's own requests in front of it."""

    def __init__(self, app: Any, keeper: Any, api: Any, ledger: Any) -> None:
        self._app = app
        self._keeper = keeper
        self._api = api
        self._ledger = ledger

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serves a request to AWS, or one below ``/_frontdesk/``."""
        if scope["type"] == "http":
            if scope["path"].startswith("/_frontdesk/"):
                await self._control(scope["path"], receive, send)
                return
            target = next((v.decode() for k, v in scope["headers"] if k == b"x-amz-target"), "")
            self._keeper.note_request(scope["method"], target)
            if target:
                send = _without_extras(send)
        await self._app(scope, receive, send)

    async def _control(self, path: str, receive: Any, send: Any) -> None:
        from localstack import gateway
        from localstack.emulator import patches

        body = json.loads(await gateway.read_body(receive) or b"{}")
        told: dict[str, Any] = {}
        match path:
            case "/_frontdesk/ready":
                pass
            case "/_frontdesk/serve-api":
                self._api.api_id = body["api_id"]
            case "/_frontdesk/start-functions":
                patches.start_ahead(body["names"])
            case "/_frontdesk/save":
                await asyncio.to_thread(self._keeper.save)
            case "/_frontdesk/permissions":
                told = self._ledger.report()
            case _:
                await gateway.send_answer(send, gateway.error(404, "Not Found"))
                return
        await gateway.send_answer(send, gateway.json_answer(told))


def _without_extras(send: Any) -> Any:
    """Leaves out headers that AWS's JSON services do not send, and that every caller would parse.

    They answer SDKs, which come from no web page, and have one name for a request.
    """

    async def send_plain(message: Any) -> None:
        if message["type"] == "http.response.start":
            headers = [one for one in message["headers"] if not _EXTRA_HEADER.match(one[0])]
            message = {**message, "headers": headers}
        await send(message)

    return send_plain


class QuietServer(uvicorn.Server):
    """A server that leaves signals to us."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield


def make_server(app: Any, *, lifespan: bool) -> QuietServer:
    """Makes a server for an ASGI application.

    Args:
        app: The application.
        lifespan: Whether it is the emulator's, which starts and ends with the server and dates
            its answers itself.
    """
    return QuietServer(
        uvicorn.Config(
            app,
            lifespan="on" if lifespan else "off",
            log_level="warning",
            access_log=False,
            server_header=False,
            date_header=not lifespan,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=int(STOP_SECONDS),
            h11_max_incomplete_event_size=1 << 20,
        )
    )


def bind(port: int) -> socket.socket:
    """Opens a port of this machine for listening."""
    # Named TCP, or asyncio does not switch Nagle's algorithm off: 40 ms a response.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    return listener


def call_when_input_ends(callback: Callable[[], object]) -> None:
    """Calls something, from another thread, once standard input ends."""

    def wait() -> None:
        while os.read(0, 1024):
            pass
        callback()

    threading.Thread(target=wait, daemon=True).start()


async def serve(config: EmulatorConfig) -> None:
    """Serves both ports until told to stop or left alone, then saves the state."""
    from ministack import app as ministack_app

    from localstack import gateway, oidc, sign_in, site
    from localstack.emulator import functions, ledger, outgoing, patches, roles, state
    from localstack.places import Places

    patches.apply()
    kept = Places(config.data_dir)
    outgoing.keep(kept.outbox, kept.events)
    functions.FunctionProcess.environment = functions.FunctionEnvironment(
        data_dir=config.data_dir,
        logs=config.data_dir / "logs" / "functions",
        endpoint_url=f"http://127.0.0.1:{config.emulator_port}",
        credentials=roles.issue_credentials,
    )
    keeper = state.StateKeeper(config.data_dir / "emulator" / "state")
    api = gateway.EmulatedApi()
    issuer = oidc.Issuer.open(
        config.data_dir / "oidc", f"http://127.0.0.1:{config.gateway_port}/oidc"
    )

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    call_when_input_ends(lambda: loop.call_soon_threadsafe(stop.set))

    used = ledger.Ledger(kept.permissions)
    aws = roles.HeldToRoles(ministack_app.app, used)
    emulator = make_server(ControlledEmulator(aws, keeper, api, used), lifespan=True)
    # The console puts documents straight into the emulator's S3.
    pages = site.Site(connect=[f"http://127.0.0.1:{config.emulator_port}"])
    front = make_server(gateway.Gateway(api, sign_in.SignIn(issuer), pages), lifespan=False)
    front_ports = [config.gateway_port]
    if config.issuer_port is not None:
        front_ports.append(config.issuer_port)
    serving = [
        asyncio.create_task(emulator.serve(sockets=[bind(config.emulator_port)])),
        asyncio.create_task(front.serve(sockets=[bind(port) for port in front_ports])),
        asyncio.create_task(keeper.keep(config.save_seconds)),
    ]
    while not emulator.started:
        if serving[0].done():
            raise RuntimeError("the emulator did not start")
        await asyncio.sleep(0.01)
    # The emulator would save at its stop as well, and slower.
    ministack_app.PERSIST_STATE = False
    gc.collect()
    gc.freeze()
    print("ready", flush=True)

    await stop.wait()
    serving[2].cancel()
    front.should_exit = True
    await serving[1]
    await asyncio.to_thread(end_functions, patches.forget_processes())
    await asyncio.to_thread(keeper.save)
    emulator.should_exit = True
    await serving[0]


def end_functions(processes: list[FunctionProcess]) -> None:
    """Lets functions finish what they do, for a moment, then kills them."""
    deadline = time.monotonic() + STOP_SECONDS
    for process in processes:
        process.ask_to_end()
    for process in processes:
        process.wait(deadline - time.monotonic())
        process.kill()


def end_orphans(data_dir: Path) -> None:
    """Ends what the supervisor would have ended, if it is gone: it held the lock."""
    from localstack.places import Places
    from localstack.processes import is_locked, stop_left_behind

    if not is_locked(Places(data_dir).lock):
        stop_left_behind(data_dir)


def main() -> None:
    """Reads the configuration and serves."""
    config = EmulatorConfig.model_validate_json(Path(sys.argv[1]).read_bytes())
    # The state holds the model's key and the database's passwords.
    os.umask(0o077)
    prepare_environment(config)
    sys.setswitchinterval(SWITCH_SECONDS)
    asyncio.run(serve(config))
    end_orphans(config.data_dir)
    # Threads of the emulator may still wait for something; nothing is left to save.
    os._exit(0)


if __name__ == "__main__":
    main()
