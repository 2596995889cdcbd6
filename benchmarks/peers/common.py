"""What the peers' turns have in common; it needs nothing but Python."""

import json
import sys
import time
from collections.abc import Callable

QUESTION = "Are my invoices paid?"
WARM_UP = 10

ROUTER_PROMPT = "Decide who answers: faq, order, escalation or out_of_scope."
ORDER_PROMPT = "Answer the question about the sender's own account from what the tools return."
INVOICES = json.dumps(
    {
        "invoices": [
            {"invoice_number": "INV-2024-001", "status": "paid", "total": "53.41"},
            {"invoice_number": "INV-2024-002", "status": "paid", "total": "53.41"},
        ]
    }
)


def measure(turn: Callable[[], str]) -> None:
    """Prints the CPU milliseconds of a turn; takes the number of turns from the command line.

    Args:
        turn: Answers the question, and returns the answer.
    """
    turns = int(sys.argv[2])
    for _ in range(WARM_UP):
        turn()
    answer = turn()
    if "INV-2024-001" not in answer:
        raise RuntimeError(f"no answer: {answer!r}")
    started = time.process_time()
    for _ in range(turns):
        turn()
    print(json.dumps(round((time.process_time() - started) * 1000 / turns, 2)))
