"""How much slower each read route is with ten thousand conversations than with a hundred.

Starts two stacks, fills one with a hundred times as much as the other, and asks both in turn, so
that whatever else the machine does slows both. Prints one JSON object; times are milliseconds.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString

import httpx
import psycopg

from tests.support.stack import Stack

FEW, MANY = 100, 10_000
"""Conversations; each has ten messages."""

MOST = 1.5
"""How many times as long a route may take."""

LIMIT = 10
"""Rows a page: as many as the small stack has of everything."""

READER = "reader@bench.example"

FILL: tuple[LiteralString, ...] = (
    # A tenth of the conversations each has ten of, whatever their number.
    """
INSERT INTO customers (id, email, first_name, last_name, created_at)
SELECT 'cus_b' || i, 'c' || i || '@bench.example', 'C', 'B', now() - i * interval '1 minute'
  FROM generate_series(1, %(conversations)s / 10 - 1) i""",
    """
INSERT INTO conversations (id, owner_subject, customer_id, status, handler, waiting_for,
       waiting_since, subject, last_agent, assigned_to, message_count, version, created_at,
       updated_at)
SELECT 'conv_b' || i,
       CASE c WHEN 0 THEN %(subject)s ELSE 'bench|' || c END,
       CASE c WHEN 0 THEN %(customer_id)s ELSE 'cus_b' || c END,
       CASE i %% 2 WHEN 0 THEN 'open' ELSE 'closed' END,
       CASE i %% 4 WHEN 0 THEN 'human' ELSE 'ai' END,
       CASE i %% 4 WHEN 0 THEN 'staff' END, CASE i %% 4 WHEN 0 THEN at END,
       'Question number ' || i, (ARRAY['faq', 'order', 'escalation'])[i %% 3 + 1],
       CASE i %% 4 WHEN 0 THEN 'agent@bench.example' END, 10, 10, at, at
  FROM (SELECT i, i %% (%(conversations)s / 10) AS c,
               now() - i * interval '90 days' / %(conversations)s AS at
          FROM generate_series(1, %(conversations)s) i) made""",
    """
INSERT INTO messages (id, conversation_id, role, content, task_id, created_at)
SELECT 'msg_b' || i || '_' || m, 'conv_b' || i,
       CASE m %% 2 WHEN 1 THEN 'customer' ELSE 'assistant' END,
       'Message ' || m || ' of a conversation about a thing that does not work as it should.',
       'task_b' || i || '_' || (m + 1) / 2, c.created_at + m * interval '1 second'
  FROM generate_series(1, %(conversations)s) i
  JOIN conversations c ON c.id = 'conv_b' || i
 CROSS JOIN generate_series(1, 10) m""",
    # Turns as a real one was stored.
    """
INSERT INTO turns (id, task_id, conversation_id, status, agent, result, trace, llm_calls,
       input_tokens, output_tokens, duration_ms, created_at)
SELECT 'turn_b' || i || '_' || t, 'task_b' || i || '_' || t, 'conv_b' || i, real.status,
       real.agent, real.result, real.trace, real.llm_calls, real.input_tokens,
       real.output_tokens, real.duration_ms, c.created_at + t * interval '2 seconds'
  FROM generate_series(1, %(conversations)s) i
  JOIN conversations c ON c.id = 'conv_b' || i
 CROSS JOIN generate_series(1, 5) t
 CROSS JOIN (SELECT * FROM turns WHERE status = 'completed' LIMIT 1) real""",
    """
INSERT INTO tickets (id, number, owner_subject, customer_id, conversation_id, subject,
       description, category, status, expected_response_at, created_at)
SELECT 'tick_b' || i, 'FD-B' || i, c.owner_subject, c.customer_id, c.id, c.subject, 'It fails.',
       'technical', CASE i %% 4 WHEN 0 THEN 'open' ELSE 'resolved' END, c.created_at, c.created_at
  FROM generate_series(2, %(conversations)s, 2) i JOIN conversations c ON c.id = 'conv_b' || i""",
    """
INSERT INTO ticket_comments (id, ticket_id, role, content)
SELECT 'com_' || t.id || '_' || n, t.id, 'staff', 'We are looking into it.'
  FROM tickets t CROSS JOIN generate_series(1, 3) n WHERE t.id LIKE 'tick_b%%'""",
    """
INSERT INTO subscriptions (id, customer_id, plan, status, billing_cycle, price, start_date,
       created_at)
SELECT 'sub_' || id, id, 'starter', 'active', 'monthly', 19, '2026-01-01', created_at
  FROM customers WHERE email LIKE '%%@bench.example'""",
    """
INSERT INTO invoices (id, customer_id, invoice_number, status, amount, total, due_date, created_at)
SELECT 'inv_' || id || '_' || n, id, 'INV-' || id || '-' || n, 'paid', 19, 19, '2026-02-01',
       created_at + n * interval '1 second'
  FROM customers CROSS JOIN generate_series(1, 5) n WHERE email LIKE '%%@bench.example'""",
    """
INSERT INTO audit_log (occurred_at, actor_kind, actor_subject, action, object_kind, object_id,
       customer_id)
SELECT created_at, 'staff', 'bench|staff', 'conversation.read', 'conversation', id, customer_id
  FROM conversations CROSS JOIN generate_series(1, 3) WHERE id LIKE 'conv_b%%'""",
    "VACUUM ANALYZE",
)


@dataclass(frozen=True, slots=True)
class Read:
    """A route that reads, as somebody asks for it."""

    path: str
    query: Mapping[str, Any]
    by: str = "admin"

    @property
    def name(self) -> str:
        """The route with what it is narrowed to."""
        query = "&".join(f"{name}={value}" for name, value in self.query.items())
        return f"{self.path}{'?' if query else ''}{query}{'' if self.by == 'admin' else ' (own)'}"


class Desk:
    """A filled stack, and two who read from it.

    Args:
        stack: A running stack.
        conversations: How many it is to have.
    """

    def __init__(self, stack: Stack, conversations: int) -> None:
        self._http = httpx.Client(base_url=stack.url, timeout=60)
        self._headers = {
            "admin": {"authorization": f"Bearer {stack.credential(ADMIN='1')}"},
            "reader": {"authorization": f"Bearer {stack.credential(EMAIL=READER)}"},
        }
        record = {"email": READER, "first_name": "R", "last_name": "B"}
        customer = self._post("/api/customers", record, "admin")
        # A real turn, that others are made like.
        question = {"message": "How do I reset my password?"}
        task = self._post("/api/chat/sync", question, "reader")
        with psycopg.connect(stack.environment["DATABASE_URL"], autocommit=True) as database:
            row = database.execute(
                "SELECT owner_subject FROM conversations WHERE id = %s", [task["conversation_id"]]
            ).fetchone()
            if row is None:
                raise RuntimeError("the question was not answered")
            values = {
                "conversations": conversations,
                "subject": row[0],
                "customer_id": customer["id"],
            }
            for statement in FILL:
                database.execute(
                    statement, values if "%(" in statement or "%%" in statement else None
                )
        document = self._get("/api/knowledge", {}, "admin")["items"][0]["id"]
        self.ids = {
            "conversation_id": "conv_b10",
            "customer_id": customer["id"],
            "ticket_id": "tick_b10",
            "subscription_id": f"sub_{customer['id']}",
            "invoice_id": f"inv_{customer['id']}_1",
            "document_id": document,
            "number": "1",
            "task_id": task["task_id"],
        }

    def routes(self) -> list[str]:
        """Lists the paths of the description that can be read."""
        paths: dict[str, Any] = self._get("/api/openapi.json", {}, "admin")["paths"]
        return [path for path, operations in paths.items() if "get" in operations]

    def time(self, read: Read) -> float:
        """Asks once.

        Args:
            read: What is asked for.

        Returns:
            Milliseconds until the answer was there.
        """
        path = read.path.format_map(self.ids)
        began = time.perf_counter()
        answer = self._http.get(path, params=dict(read.query), headers=self._headers[read.by])
        ended = time.perf_counter()
        answer.raise_for_status()
        return 1000 * (ended - began)

    def close(self) -> None:
        """Ends the connections."""
        self._http.close()

    def _get(self, path: str, query: Mapping[str, Any], by: str) -> Any:
        answer = self._http.get(path, params=dict(query), headers=self._headers[by])
        return answer.raise_for_status().json()

    def _post(self, path: str, body: Mapping[str, Any], by: str) -> Any:
        answer = self._http.post(path, json=dict(body), headers=self._headers[by])
        return answer.raise_for_status().json()


def reads_of(desk: Desk) -> list[Read]:
    """Lists what is measured: each route, and lists as people narrow them.

    Args:
        desk: A filled stack.

    Returns:
        What to ask for.
    """
    now = datetime.now(UTC)
    day = {"from": (now - timedelta(days=1)).isoformat(), "to": now.isoformat()}
    lists = {"/api/audit", "/api/conversations", "/api/customers", "/api/invoices", "/api/tickets"}
    lists |= {"/api/subscriptions", "/api/knowledge"}
    found = []
    for path in desk.routes():
        query: dict[str, Any] = day if path.startswith("/api/metrics") else {}
        found.append(Read(path, {"limit": LIMIT} if path in lists else query))
    narrowed: list[tuple[str, dict[str, str]]] = [
        ("/api/conversations", {"status": "open"}),
        ("/api/conversations", {"handler": "human"}),
        ("/api/conversations", {"waiting_for": "staff", "sort": "waiting_since"}),
        ("/api/conversations", {"agent": "order"}),
        ("/api/conversations", {"assigned_to": "agent@bench.example"}),
        ("/api/conversations", {"customer_email": READER}),
        # Nothing is found, so that nothing ends the search early.
        ("/api/conversations", {"q": "zebra"}),
        ("/api/tickets", {"status": "open"}),
        ("/api/tickets", {"customer_email": READER}),
        ("/api/invoices", {"status": "paid"}),
        ("/api/invoices", {"customer_email": READER}),
        ("/api/subscriptions", {"status": "active"}),
        ("/api/subscriptions", {"customer_email": READER}),
        ("/api/customers", {"customer_email": READER}),
        ("/api/audit", {"action": "conversation.read"}),
        ("/api/audit", {"actor": "bench|staff"}),
    ]
    found += [Read(path, {"limit": LIMIT, **query}) for path, query in narrowed]
    own = ("/api/conversations", "/api/tickets")
    found += [Read(path, {"limit": LIMIT}, by="reader") for path in own]
    return found


def compare(few: Desk, many: Desk, *, requests: int) -> list[dict[str, Any]]:
    """Asks both in turn.

    Args:
        few: The small stack.
        many: The large one.
        requests: How often each route is asked.

    Returns:
        For each route the percentiles of both, and how they compare; the worst first.
    """
    found = []
    for read in reads_of(few):
        times: dict[int, list[float]] = {FEW: [], MANY: []}
        for number in range(requests + requests // 10):
            order = ((FEW, few), (MANY, many))
            for size, desk in order if number % 2 else reversed(order):
                milliseconds = desk.time(read)
                # The first tenth warms caches up.
                if number >= requests // 10:
                    times[size].append(milliseconds)
        p95 = {size: sorted(taken)[int(0.95 * (len(taken) - 1))] for size, taken in times.items()}
        p50 = {size: statistics.median(taken) for size, taken in times.items()}
        found.append(
            {
                "route": read.name,
                "p50": {str(size): round(value, 1) for size, value in p50.items()},
                "p95": {str(size): round(value, 1) for size, value in p95.items()},
                "ratio_p50": round(p50[MANY] / p50[FEW], 2),
                "ratio_p95": round(p95[MANY] / p95[FEW], 2),
            }
        )
        print(f"{found[-1]['ratio_p95']:5}  {read.name}", file=sys.stderr)
    return sorted(found, key=lambda route: -float(route["ratio_p95"]))


def measure_stacks(*, requests: int) -> dict[str, Any]:
    """Starts two stacks, fills them, measures them, and stops them.

    Args:
        requests: How often each route is asked.

    Returns:
        How many routes take more than their share of time, and each route's figures.
    """
    sizes = (FEW, MANY)
    with tempfile.TemporaryDirectory() as folder:
        stacks = [Stack(Path(folder) / str(size)) for size in sizes]
        try:
            with ThreadPoolExecutor(len(stacks)) as pool:
                list(pool.map(Stack.start, stacks))
            desks = [Desk(stack, size) for stack, size in zip(stacks, sizes, strict=True)]
            routes = compare(*desks, requests=requests)
            for desk in desks:
                desk.close()
        finally:
            for stack in stacks:
                stack.stop()
    slow = [route["route"] for route in routes if route["ratio_p95"] > MOST]
    return {"conversations": sizes, "requests": requests, "beyond": slow, "routes": routes}


def main() -> None:
    """Measures what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--requests", type=int, default=100, help="a route and stack")
    options = parser.parse_args()
    json.dump({"reads_ms": measure_stacks(requests=options.requests)}, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
