"""What Frontdesk needs and costs on AWS at a load: concurrency, capacity, tokens, dollars.

A model, not a measurement: every number that goes in is a field below, with where it is from, so
that anybody can put in their own. ``python -m benchmarks.aws_model`` prints the tables of
``docs/operations/scaling.md``; a test holds the page to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

LOADS = (1, 100, 10_000)
"""Messages a second."""

STANDING_DOLLARS_A_MONTH = 94
"""What a prod stack costs that nobody asks, with its smallest database (README has the parts)."""

SECONDS_A_MONTH = 2_592_000
"""Thirty days."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """What one message asks of one function.

    Attributes:
        count: Invocations a message.
        seconds: How long each takes.
        memory_gb: As in the template.
    """

    count: float
    seconds: float
    memory_gb: float


@dataclass(frozen=True, slots=True)
class Message:
    """What one message asks of everything.

    The turn is mostly the model: 1.2 s a call of gpt-4.1-mini with 150 tokens out, and 1.4 calls a
    turn (a sure route takes one; `python -m evals.conversations` counts them). Our own share is
    what `make bench` measures. A status request waits as long as the turn takes. Tokens are
    those of a FAQ turn with five passages. Writes to the table: acceptance in one transaction
    (three items, twice the units), sent, taken up, two stages, published in a transaction (two
    items), their entries in the sparse index, and two counters.
    """

    model_calls: float = 1.4
    model_seconds: float = 1.2
    own_seconds: float = 0.15
    input_tokens: int = 1_800
    output_tokens: int = 150
    api_requests: float = 2
    queue_requests: float = 4
    table_writes: float = 20
    table_reads: float = 10
    statements: int = 30
    log_kb: float = 6

    @property
    def turn_seconds(self) -> float:
        """How long a worker has it."""
        return self.model_calls * self.model_seconds + self.own_seconds

    @property
    def invocations(self) -> dict[str, Invocation]:
        """What it asks of each function."""
        return {
            "authorizer": Invocation(self.api_requests, 0.01, 1.0),
            "chat_ingest": Invocation(1, 0.04, 1.0),
            "agent_worker": Invocation(1, self.turn_seconds, 1.769),
            "status": Invocation(1, self.turn_seconds + 0.2, 1.0),
        }

    @property
    def tokens(self) -> float:
        """Tokens of all its model calls, in and out."""
        return self.model_calls * (self.input_tokens + self.output_tokens)


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars, us-east-1, on-demand, Arm, November 2026 price lists; no free tier."""

    lambda_gb_second: float = 0.0000133334
    lambda_request: float = 0.20e-6
    api_request: float = 1.00e-6
    queue_request: float = 0.50e-6
    table_write: float = 0.625e-6
    table_read: float = 0.125e-6
    log_gb: float = 0.50
    input_token: float = 0.40e-6
    output_token: float = 1.60e-6


@dataclass(frozen=True, slots=True)
class Need:
    """What a load needs, and what its messages cost.

    Attributes:
        rate: Messages a second.
        workers: Turns at the same time; each holds one connection to Postgres.
        executions: Lambda executions at the same time, of all functions.
        dollars_a_thousand: For a thousand messages: infrastructure, then the model.
    """

    rate: float
    workers: float
    executions: float
    table_writes: float
    table_reads: float
    queue_requests: float
    statements: float
    tokens_a_minute: float
    dollars_a_thousand: tuple[float, float]

    @property
    def dollars_a_month(self) -> float:
        """At this load day and night, without the database."""
        return sum(self.dollars_a_thousand) / 1000 * self.rate * SECONDS_A_MONTH

    @property
    def standing_dollars_a_thousand(self) -> float:
        """What is paid anyway, shared among a thousand messages of a month at this load."""
        return 1000 * STANDING_DOLLARS_A_MONTH / (self.rate * SECONDS_A_MONTH)


def need_of(rate: float, message: Message, prices: Prices) -> Need:
    """Computes what a load needs, by Little's law: at the same time = a second x seconds.

    Args:
        rate: Messages a second.
        message: What one message asks for.
        prices: What that costs.

    Returns:
        The need.
    """
    invocations = message.invocations
    at_once = {name: one.count * one.seconds for name, one in invocations.items()}
    infrastructure = (
        sum(
            one.count * (one.seconds * one.memory_gb * prices.lambda_gb_second)
            + one.count * prices.lambda_request
            for one in invocations.values()
        )
        + message.api_requests * prices.api_request
        + message.queue_requests * prices.queue_request
        + message.table_writes * prices.table_write
        + message.table_reads * prices.table_read
        + message.log_kb / 1e6 * prices.log_gb
    )
    model = message.model_calls * (
        message.input_tokens * prices.input_token + message.output_tokens * prices.output_token
    )
    return Need(
        rate=rate,
        workers=rate * at_once["agent_worker"],
        executions=rate * sum(at_once.values()),
        table_writes=rate * message.table_writes,
        table_reads=rate * message.table_reads,
        queue_requests=rate * message.queue_requests,
        statements=rate * message.statements,
        tokens_a_minute=60 * rate * message.tokens,
        dollars_a_thousand=(1000 * infrastructure, 1000 * model),
    )


def table(needs: Sequence[Need]) -> str:
    """Writes needs side by side, as Markdown.

    Args:
        needs: One a column.

    Returns:
        The table.
    """
    rows = [
        ("messages a second", [f"{need.rate:,}" for need in needs]),
        ("turns at the same time = workers = connections", [_count(n.workers) for n in needs]),
        ("Lambda executions at the same time", [_count(n.executions) for n in needs]),
        ("SQS requests a second", [_count(n.queue_requests) for n in needs]),
        ("DynamoDB write units a second", [_count(n.table_writes) for n in needs]),
        ("DynamoDB read units a second", [_count(n.table_reads) for n in needs]),
        ("Postgres statements a second", [_count(n.statements) for n in needs]),
        ("model tokens a minute", [_count(n.tokens_a_minute) for n in needs]),
        ("AWS, $ a thousand messages", [f"{n.dollars_a_thousand[0]:.3f}" for n in needs]),
        ("model, $ a thousand messages", [f"{n.dollars_a_thousand[1]:.2f}" for n in needs]),
        ("$ a month at this load, without RDS", [_count(n.dollars_a_month) for n in needs]),
    ]
    [head, *body] = [" | ".join([name, *values]) for name, values in rows]
    rule = " | ".join(["---", *["---:" for _ in needs]])
    return "\n".join(f"| {row} |" for row in [head, rule, *body])


def _count(value: float) -> str:
    """Two significant digits: the model knows no more."""
    if value >= 100:
        digits = len(str(round(value))) - 2
        value = round(value, -digits)
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def main() -> None:
    """Prints the table."""
    print(table([need_of(rate, Message(), Prices()) for rate in LOADS]))


if __name__ == "__main__":
    main()
