"""The whole system in simulated time: its real handlers, Postgres, and models of the rest."""

import functools
import json
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import patch
from uuid import UUID

import psycopg
from aws_lambda_powertools import Metrics

import agent_worker.app as worker_app
import agent_worker.turn as turn_module
import chat_ingest.app as ingest_app
import frontdesk.adapters.dynamodb_table as table_module
import frontdesk.adapters.postgres.database as database_module
import frontdesk.adapters.postgres.event_outbox as outbox_module
import frontdesk.clock as clock_module
import frontdesk.domain.ids as ids_module
import housekeeping.app as housekeeping_app
import status.app as status_app
import support_api.app as support_app
from agent_worker.memory import make_window
from frontdesk.adapters import aws_clients
from frontdesk.adapters.openai_embeddings import OpenAIEmbeddings
from frontdesk.adapters.postgres.database import Database
from frontdesk.adapters.postgres.event_outbox import CLAIM_SECONDS
from frontdesk.adapters.postgres.knowledge import PostgresKnowledgeStore
from frontdesk.principal import Principal
from tests.chaos.aws import BusClient, QueueClient, TableClient, task_of
from tests.chaos.database import Gate
from tests.chaos.effects import log_effects, take_effects
from tests.chaos.faults import Faults, ModelFault, Rates
from tests.chaos.fifo import FifoQueue, NotInFlightError, QueuedItem
from tests.chaos.history import History, digest
from tests.chaos.kernel import Simulation, current_invocation, invoking
from tests.chaos.provider import BASE_URL, ChatPort, EmbeddingPort, Provider
from tests.chaos.table import Item, Table
from tests.support.callers import STAFF
from tests.support.http_events import http_event
from tests.support.knowledge import publish
from tests.support.postgres import TestDatabase
from tests.support.template import Template
from tests.support.worker import Inline

CHAT_QUEUE = "https://sqs.example/chat.fifo"
CHAT_DLQ = "https://sqs.example/chat-dlq.fifo"
EMBEDDING_MODEL = "text-embedding-3-small"

DESK = "frontdesk-support-api"
"""What the support API calls its connections; its role is another one."""

INGEST_SECONDS = 29.0
SWEEP_SECONDS = 120.0

POINTS_OF_A_SWEEP = {"tasks": 150, "events": 20}
"""Of a run of housekeeping that finds something to do, by its action."""

CRASHING = "\u2622"
"""A message with this sign makes our own code fail, whoever tries."""

KILLING = "\u2623"
"""A message with this sign takes the whole process down."""

DAMAGED = "\u2621"
"""A message with this sign is damaged on its way through the queue."""

GUIDE = {
    "Projects": "# Projects\n\nOpen the dashboard, click **New Project** and choose a template.\n",
    "Plans": "# Plans\n\nFree has 3 projects. Professional costs 49 a month, without limits.\n",
}

_CUSTOMERS = """
INSERT INTO customers (id, email, first_name, last_name)
SELECT 'cus_' || n, 'customer' || n || '@example.com', 'Customer', n::text
FROM generate_series(0, %(customers)s) n;
INSERT INTO subscriptions (id, customer_id, plan, status, billing_cycle, price, seats, start_date)
SELECT 'sub_' || n, 'cus_' || n, 'professional', 'active', 'monthly', 49, 10, '2026-01-01'
FROM generate_series(0, %(customers)s) n;
"""

_END_CLAIM = """
UPDATE domain_events SET claimed_until = NULL
 WHERE id = (SELECT id FROM domain_events WHERE id = %(id)s AND claimed_until = %(until)s
                FOR UPDATE SKIP LOCKED)
"""

REAL_CLAIM_SECONDS = 86_400
"""The database's clock is a real one: claims end by ours (`World._end_claim`)."""


class KilledError(BaseException):
    """The process is gone; nothing of ours may see it, let alone catch it."""


@dataclass(eq=False)
class Process:
    """A process that runs a function, and what dies with it.

    Attributes:
        built: What its function has built and keeps, by the builder's name.
    """

    built: dict[str, Any] = field(default_factory=dict)
    connections: set[Any] = field(default_factory=set)
    is_dead: bool = False

    def die(self) -> None:
        """Ends the process: its connections break, and nothing of it does anything any more."""
        self.is_dead = True
        for connection in self.connections:
            connection.cut()
            connection.close()


@dataclass
class Invocation:
    """One run of a function; also the context that Lambda hands it.

    Attributes:
        deadline: When Lambda ends it.
        dies_at: At which of its points its process dies; None to live.
        stalls_at: At which of them it stands still for ``stalls_for`` seconds.
        points: How many points it has passed.
    """

    process: Process
    simulation: Simulation
    deadline: float
    task_id: str | None = None
    dies_at: int | None = None
    stalls_at: int | None = None
    stalls_for: float = 0.0
    points: int = 0
    died: str = ""

    def get_remaining_time_in_millis(self) -> int:
        """Returns what is left of the function's time."""
        return max(0, int((self.deadline - self.simulation.now) * 1000))

    def point(self, place: str) -> None:
        """Passes a point at which the process may be found dead."""
        if self.process.is_dead:
            raise KilledError
        self.points += 1
        if self.points == self.stalls_at:
            self.simulation.sleep(self.stalls_for)
        if self.simulation.now >= self.deadline:
            self.kill(f"out of time: {place}")
        if self.points == self.dies_at:
            self.kill(place)

    def kill(self, place: str) -> None:
        """Kills the process."""
        self.died = place
        self.process.die()
        raise KilledError


@dataclass(frozen=True, slots=True)
class Queueing:
    """What the template says of the chat queue and its worker."""

    visibility: float
    retention: float
    max_receives: int
    concurrency: int
    timeout: float
    sweep_seconds: Mapping[str, float]

    @classmethod
    @functools.cache
    def of_template(cls) -> "Queueing":
        """Reads the template."""
        template = Template()
        queue = template.of_type("AWS::SQS::Queue")["ChatQueue"]
        mapping = template.of_type("AWS::Lambda::EventSourceMapping")["ChatQueueMapping"]
        function = template.of_type("AWS::Serverless::Function")["AgentWorkerFunction"]
        return cls(
            visibility=queue["VisibilityTimeout"],
            retention=queue["MessageRetentionPeriod"],
            max_receives=queue["RedrivePolicy"]["maxReceiveCount"],
            concurrency=_number(template, mapping["ScalingConfig"]["MaximumConcurrency"]),
            timeout=function["Timeout"],
            sweep_seconds={
                "tasks": _interval(template, "TasksSchedule"),
                "events": _interval(template, "EventsSchedule"),
            },
        )


def _interval(template: Template, rule: str) -> float:
    """Reads how many seconds lie between two runs of a schedule."""
    expression = template.of_type("AWS::Events::Rule")[rule]["ScheduleExpression"]
    number, unit = expression.removeprefix("rate(").removesuffix(")").split()
    return float(number) * {"minute": 60, "minutes": 60}[unit]


def _number(template: Template, value: Any) -> int:
    """Reads a number, or a parameter's default."""
    if isinstance(value, dict):
        value = template.document["Parameters"][value["Ref"]]["Default"]
    return int(value)


class World:
    """Everything, put together; to be used within `running_world`.

    Attributes:
        simulation: Time.
        faults: What goes wrong.
        history: What happened.
        provider: The model.
        gate: The way to Postgres.
        table: The tasks table's client, and `queue_client` the queues'.
        running: The worker's runs that go on now.
        unfinished: Tasks that have not ended.
        untold: Events that were committed and have not reached the bus.
        proposed: What customers were asked to confirm: whom, and the token.
    """

    def __init__(
        self,
        database: TestDatabase,
        admin_url: str,
        history_of: Callable[[Simulation], History],
        rates: Rates,
        seed: int,
        *,
        concurrency: int | None = None,
    ) -> None:
        self.simulation = Simulation()
        self.history = history_of(self.simulation)
        self.faults = Faults(rates, seed)
        self.queueing = Queueing.of_template()
        if concurrency is not None:
            self.queueing = replace(self.queueing, concurrency=concurrency)
        self.provider = Provider(self.faults, self.simulation.sleep, self._note_model_fault)
        self.gate = Gate(
            self.simulation,
            self.faults,
            admin_url,
            {DESK: database.desk_url},
            self._note_effects,
        )
        self.database = database
        self._effects: psycopg.Connection[tuple[object, ...]] | None = None
        self.items = Table(self._note_change)
        self.table = TableClient(self.items, self.simulation, self.faults, self.history)
        self.dead_letters = FifoQueue(self._now, retention=1_209_600, name="dlq")
        self.queue = FifoQueue(
            self._now,
            visibility=self.queueing.visibility,
            retention=self.queueing.retention,
            max_receives=self.queueing.max_receives,
            dead_letters=self.dead_letters,
            name="chat",
            on_delete=lambda item: self.history.note("acknowledged", task_id=task_of(item.body)),
        )
        self.queue_client = QueueClient(
            {CHAT_QUEUE: self.queue, CHAT_DLQ: self.dead_letters},
            self.simulation,
            self.faults,
            self.history,
            damage=_damaged,
            on_change=self._wake,
        )
        self.bus = BusClient(self.simulation, self.faults, self.history, self._note_told)
        self.running = 0
        self.most_running = 0
        self.unfinished: set[str] = set()
        self.untold: set[str] = set()
        self.proposed: list[tuple[int, str]] = []
        self._idle_for: dict[Callable[..., Any], list[Process]] = {}
        self._idle: list[Process] = []
        self._copies: list[QueuedItem] = []
        self._points_of_a_run = 60.0
        self._random = random.Random(f"{seed}/world")
        self._names = random.Random(f"{seed}/names")

    # What a caller does

    def request(self, method: str, path: str, address: str, **event: Any) -> dict[str, Any]:
        """Sends a request to ingest; a function that dies answers as the gateway does then."""
        received = self._event(method, path, address, event)
        return self._answer(ingest_app.handler, received, may_die=True)

    def read_task(self, task_id: str, principal: Principal, address: str) -> dict[str, Any]:
        """Reads a task by the status function."""
        path = f"/api/chat/status/{task_id}"
        received = self._event("GET", path, address, {"principal": principal})
        return self._answer(status_app.handler, received)

    def people(self, method: str, path: str, *, body: object = None) -> dict[str, Any]:
        """Sends a request of a member of staff to the support API."""
        received = self._event(method, path, "198.51.100.1", {"principal": STAFF, "body": body})
        return self._answer(support_app.handler, received)

    def _event(self, method: str, path: str, address: str, event: dict[str, Any]) -> dict[str, Any]:
        received_at = self.simulation.utc_now().timestamp()
        received = http_event(method, path, received_at=received_at, **event)
        received["requestContext"]["http"]["sourceIp"] = address
        return received

    def _answer(
        self, handler: Callable[..., Any], event: dict[str, Any], *, may_die: bool = False
    ) -> dict[str, Any]:
        # Requests run side by side, each in a process of its own.
        idle = self._idle_for.setdefault(handler, [])
        process = idle.pop() if idle else Process()
        invocation = Invocation(process, self.simulation, self.simulation.now + INGEST_SECONDS)
        if may_die and self.faults.strikes("ingest_kills"):
            invocation.dies_at = self.faults.source("ingest_kills").randint(1, 8)
        response: dict[str, Any] = {}
        with invoking(invocation), suppress(KilledError):
            response = handler(event, invocation)
        if process.is_dead:
            return {"statusCode": 502}
        idle.append(process)
        return response

    # The worker

    def _wake(self, moment: float) -> None:
        self.simulation.at(moment, self._deliver)

    def _deliver(self) -> None:
        """Starts as many runs of the worker as may be, as the event source mapping does."""
        while self.running < self.queueing.concurrency:
            if self._copies:
                self._start(self._copies.pop(), "copied", is_copy=True)
                continue
            groups = self.queue.ready_groups()
            if not groups:
                return
            item = self.queue.receive_group(self._random.choice(groups))
            if item is None:
                continue
            self._wake(self.simulation.now + self.queueing.visibility)
            self._start(item, item.receipt_handle, is_copy=False)
            if self.faults.strikes("duplicates"):
                delay = min(600.0, self._random.expovariate(1 / 30))
                self.simulation.at(self.simulation.now + delay, functools.partial(self._copy, item))

    def _copy(self, item: QueuedItem) -> None:
        self._copies.append(item)
        self._deliver()

    def _start(self, item: QueuedItem, receipt_handle: str, *, is_copy: bool) -> None:
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        count = item.receive_count
        self.simulation.spawn(lambda: self._run(item, receipt_handle, count, is_copy=is_copy))

    def _run(self, item: QueuedItem, receipt_handle: str, count: int, *, is_copy: bool) -> None:
        process = self._idle.pop() if self._idle else Process()
        invocation = self._plan(process, task_of(item.body))
        self.history.note(
            "delivered", task_id=invocation.task_id, receive_count=count, copy=is_copy
        )
        is_done = False
        with invoking(invocation), suppress(KilledError):
            response = worker_app.handler(_sqs_event(item, receipt_handle, count), invocation)
            is_done = not response["batchItemFailures"]
        self.running -= 1
        if process.is_dead:
            self.history.note("died", task_id=invocation.task_id, place=invocation.died)
        else:
            self._idle.append(process)
            self._points_of_a_run += (invocation.points - self._points_of_a_run) / 20
            if is_done and not is_copy:
                self._acknowledge(receipt_handle)
        self._deliver()

    def _acknowledge(self, receipt_handle: str) -> None:
        if self.faults.strikes("undeleted"):
            return
        try:
            self.queue.delete(receipt_handle)
        except NotInFlightError:
            self.faults.count("acknowledged too late")

    def _plan(self, process: Process, task_id: str | None) -> Invocation:
        invocation = Invocation(
            process, self.simulation, self.simulation.now + self.queueing.timeout, task_id
        )
        most = max(2, int(self._points_of_a_run * 1.2))
        if self.faults.strikes("kills"):
            invocation.dies_at = self.faults.source("kills").randint(1, most)
        if self.faults.strikes("stalls"):
            invocation.stalls_at = self.faults.source("stalls").randint(1, most)
            invocation.stalls_for = self.faults.source("stalls").uniform(5, 70)
        return invocation

    # Housekeeping

    def sweep_regularly(self) -> None:
        """Sweeps as often as the template says, from now on."""
        for action, seconds in self.queueing.sweep_seconds.items():

            def sweep(action: str = action, seconds: float = seconds) -> None:
                while True:
                    self.simulation.sleep(seconds)
                    self.sweep(action)

            self.simulation.spawn(sweep)

    def sweep(self, action: str) -> None:
        """Runs one of housekeeping's actions once; the run may die."""
        process = Process()
        invocation = Invocation(process, self.simulation, self.simulation.now + SWEEP_SECONDS)
        if self.faults.strikes("kills", share=4):
            invocation.dies_at = self.faults.source("kills").randint(1, POINTS_OF_A_SWEEP[action])
        try:
            with invoking(invocation):
                report = housekeeping_app.handler({"action": action}, invocation)
            self.history.note("sweep", of=action, **report)
        except KilledError:
            self.history.note("sweep", of=action, died=invocation.died)
        except Exception as error:  # as Lambda does: logged, and the next one tries again
            self.history.note("sweep", of=action, failed=type(error).__name__)
        for connection in list(process.connections):
            connection.close()

    # What is seen from outside

    def fail_over(self, seconds: float) -> None:
        """Takes Postgres out of reach for so long, from now on."""
        self.history.note("outage", of="postgres", seconds=seconds)
        self.gate.shut()

        def reopen() -> None:
            self.gate.is_open = True

        self.simulation.at(self.simulation.now + seconds, reopen)

    def demote(self, seconds: float) -> None:
        """Has Postgres refuse to write for so long, as a server does that another has replaced."""
        self.history.note("outage", of="postgres writes", seconds=seconds)
        self.gate.is_read_only = True

        def promote() -> None:
            self.gate.is_read_only = False

        self.simulation.at(self.simulation.now + seconds, promote)

    def stop_faults(self) -> None:
        """Lets nothing go wrong any more."""
        self.faults.is_active = False
        self.history.note("faults_stopped")

    def _note_effects(self) -> None:
        """Notes what has been committed since it was last called."""
        if self._effects is None:
            return
        for logged in take_effects(self._effects):
            if logged.relation == "domain_events":
                if logged.operation == "UPDATE":
                    self._end_claim(logged.changed["id"], logged.changed["claimed_until"])
                    continue
                self.untold.add(logged.changed["id"])
            self.history.note("effect", **logged.told())

    def _end_claim(self, event_id: str, until: str) -> None:
        """Lets an event be claimed again, once as much simulated time has passed."""
        claim = {"id": event_id, "until": until}

        def end() -> None:
            assert self._effects is not None
            if self._effects.execute(_END_CLAIM, claim).rowcount:
                return
            row = self._effects.execute(
                "SELECT FROM domain_events WHERE id = %(id)s AND claimed_until = %(until)s", claim
            ).fetchone()
            if row is not None:  # Somebody stands still who has it locked.
                self.simulation.at(self.simulation.now + 1, end)

        self.simulation.at(self.simulation.now + CLAIM_SECONDS, end)

    def _note_told(self, event_id: str) -> None:
        self.untold.discard(event_id)

    def _note_change(self, old: Item | None, new: Item | None) -> None:
        kind, _, named = ("" if new is None else new["pk"]["S"]).partition("#")
        if new is not None and kind == "IDEM":
            request = named.partition("#")[2]
            self.history.note("recorded", request=request, task_id=new["task_id"]["S"])
        if new is None or kind != "TASK":
            return
        before = None if old is None else old["status"]["S"]
        after = new["status"]["S"]
        task_id = new["task_id"]["S"]
        (self.unfinished.add if "unfinished" in new else self.unfinished.discard)(task_id)
        if before == after:
            return
        result = json.loads(new["result"]["S"]) if "result" in new else {}
        self.history.note(
            "task",
            task_id=task_id,
            conversation_id=new["conversation_id"]["S"],
            status=after,
            was=before,
            reply=digest(result.get("response")),
            ticket_id=(result.get("ticket") or {}).get("id"),
            degraded=result.get("degraded", False),
            error=(result.get("error") or {}).get("type"),
        )

    def _note_model_fault(self, fault: ModelFault) -> None:
        invocation = current_invocation()
        if invocation is not None:
            self.history.note("fault", task_id=invocation.task_id, fault=fault, call="model")

    def _now_in(self, _: tzinfo) -> datetime:
        return self.simulation.utc_now()

    def _now(self) -> float:
        return self.simulation.now

    # Putting it in place

    @contextmanager
    def in_place(self, *, customers: int, over_http: bool = True) -> Iterator[None]:
        """Puts the world where the functions look for theirs.

        Args:
            customers: How many have an account.
            over_http: True to have the model behind the real adapters.
        """
        environment = {
            "ENVIRONMENT": "local",
            "TASKS_TABLE": "tasks",
            "CHAT_QUEUE_URL": CHAT_QUEUE,
            "CHAT_DLQ_URL": CHAT_DLQ,
            "KNOWLEDGE_QUEUE_URL": "https://sqs.example/knowledge",
            "DOCUMENTS_BUCKET": "documents",
            "GUEST_TOKEN_KEY": "a key of more than sixteen bytes",
            "DATABASE_URL": self.database.agent_url,
            "OPENAI_API_KEY": "sk-test-0123456789abcdefghij",
            "OPENAI_BASE_URL": BASE_URL,
            "EMBEDDING_MODEL": EMBEDDING_MODEL,
            "ROUTER_CONFIDENCE": "2",
            "ANSWER_CONFIDENCE": "0",
            "EVENT_BUS_NAME": "events",
            "DAILY_TOKENS": str(10**9),
            "DAILY_TOKENS_TOGETHER": str(10**9),
            "REQUESTS_PER_MINUTE": "100000",
            "TRUSTED_REQUESTS_PER_MINUTE": "100000",
            "ACTIONS": "update_contact",
            "COMPANY_NAME": "Acme",
            "POWERTOOLS_METRICS_NAMESPACE": "chaos",
            "POWERTOOLS_METRICS_DISABLED": "true",
            "POWERTOOLS_SERVICE_NAME": "chaos",
            "POWERTOOLS_LOG_LEVEL": "CRITICAL",
        }
        clients = {"dynamodb": self.table, "sqs": self.queue_client, "events": self.bus}
        with ExitStack() as stack:
            stack.enter_context(patch.dict("os.environ", environment))
            for replaced, name, by in (
                (
                    clock_module,
                    "datetime",
                    SimpleNamespace(now=self._now_in),
                ),
                (
                    clock_module,
                    "time",
                    SimpleNamespace(monotonic=self._now, sleep=self.simulation.sleep),
                ),
                (aws_clients, "boto3", SimpleNamespace(client=lambda name, **_: clients.get(name))),
                (
                    database_module,
                    "ImpatientConnection",
                    SimpleNamespace(connect=self.gate.connect),
                ),
                (outbox_module, "CLAIM_SECONDS", REAL_CLAIM_SECONDS),
                (table_module, "random", self._random),
                (ids_module, "uuid", SimpleNamespace(uuid4=self.new_uuid)),
                (worker_app, "ThreadPoolExecutor", lambda **_: Inline()),
                (worker_app, "SETTLED_SECONDS", 0.0),
                (turn_module, "make_window", _choking(make_window)),
            ):
                stack.enter_context(patch.object(replaced, name, by))
            stack.enter_context(self.provider.in_place())
            if not over_http:
                self._put_provider_at_ports(stack)
            for app in (ingest_app, status_app, support_app, worker_app, housekeeping_app):
                for name, build in _builders(app):
                    stack.enter_context(patch.object(app, name, _once_a_process(name, build)))
            for _, build in _builders(aws_clients):
                build.cache_clear()
                stack.callback(build.cache_clear)
            stack.callback(self.gate.close)
            # All instances share what they have counted, and killed workers write nothing out.
            stack.callback(lambda: Metrics().clear_metrics())
            self._fill(customers)
            self._effects = stack.enter_context(self.database.owner())
            yield

    def _put_provider_at_ports(self, stack: ExitStack) -> None:
        chat, provider = ChatPort(self.provider), self.provider

        def embedder_of(model: str) -> EmbeddingPort:
            return EmbeddingPort(provider, model)

        for name, made in (("OpenAIChatModel", chat), ("OpenAIEmbeddings", embedder_of)):
            stack.enter_context(patch.object(worker_app, name, lambda *_, made=made, **__: made))

    def _fill(self, customers: int) -> None:
        was_active, self.faults.is_active = self.faults.is_active, False
        with self.database.owner() as connection:
            connection.execute(_CUSTOMERS.replace("%(customers)s", str(int(customers))).encode())
            log_effects(connection)
        store_database = Database(lambda: self.database.agent_url)
        store = PostgresKnowledgeStore(store_database)
        embeddings = OpenAIEmbeddings(lambda: "sk-test", base_url=BASE_URL)
        for title, content in GUIDE.items():
            publish(store, embeddings, title, content, model=EMBEDDING_MODEL)
        store_database.close()
        self.faults.is_active = was_active
        self.simulation.now = 0.0

    def new_uuid(self) -> UUID:
        """Makes the next name by the seed."""
        return UUID(int=self._names.getrandbits(128), version=4)


def _builders(module: ModuleType) -> list[tuple[str, Any]]:
    """Finds what a module builds once a process."""
    return [
        (name, value)
        for name, value in vars(module).items()
        if isinstance(value, functools._lru_cache_wrapper) and value.__module__ == module.__name__
    ]


def _once_a_process(name: str, build: Any) -> Callable[[], Any]:
    """Keeps what is built with the simulated process, not with ours."""

    def built() -> Any:
        kept = current_invocation().process.built
        if name not in kept:
            kept[name] = build.__wrapped__()
        return kept[name]

    return built


def _choking(make: Callable[..., Any]) -> Callable[..., Any]:
    """Makes our own code fail on messages that are marked so."""

    def made(*arguments: Any, **named: Any) -> Any:
        text = str(named.get("text", ""))
        if KILLING in text:
            current_invocation().kill("poison")
        if CRASHING in text:
            raise RuntimeError("poison")
        return make(*arguments, **named)

    return made


def _damaged(body: str) -> str:
    content = json.loads(body)
    if DAMAGED not in content["text"]:
        return body
    content.pop("principal", None)
    return json.dumps(content)


def _sqs_event(item: QueuedItem, receipt_handle: str, count: int) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": item.message_id,
                "receiptHandle": receipt_handle,
                "body": item.body,
                "attributes": {
                    "ApproximateReceiveCount": str(count),
                    "MessageGroupId": item.group_id,
                },
                "eventSource": "aws:sqs",
            }
        ]
    }
