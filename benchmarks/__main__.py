"""All benchmarks: prints one JSON object, and says on standard error what it is doing."""

import json
import sys

from benchmarks import answers, init, reads

STARTS = 5
MESSAGES = 100
CLIENTS = (1, 4, 16)
REQUESTS = 100


def main() -> None:
    """Measures everything."""
    print("measuring how long each function takes to start …", file=sys.stderr)
    starts = init.measure(STARTS)
    print("measuring how long an answer takes …", file=sys.stderr)
    waits = answers.measure_stack(clients=CLIENTS, messages=MESSAGES)
    print("measuring what reading costs among ten thousand conversations …", file=sys.stderr)
    compared = reads.measure_stacks(requests=REQUESTS)
    measured = {"init_ms": starts, "answers_ms": waits, "reads_ms": compared}
    json.dump(measured, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
