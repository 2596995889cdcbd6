"""All benchmarks: prints one JSON object, and says on standard error what it is doing."""

import json
import os
import sys

from benchmarks import answers, init, load_report, reads, search, turns
from localstack.settings import Settings

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
    passages = int(os.environ.get("SCALE") or search.PASSAGES)
    print(f"measuring the search of {passages:,} passages …", file=sys.stderr)
    searched = search.measure(passages)
    print("measuring the CPU time of a turn, ours and others' …", file=sys.stderr)
    bench = Settings.from_environment().data_dir / "bench"
    cpu = turns.measure(bench)
    report = load_report.write(bench / "report.html", waits["loads"])
    measured = {
        "turn_cpu_ms": cpu,
        "init_ms": starts,
        "answers_ms": waits,
        "reads_ms": compared,
        "search": searched,
        "report": str(report),
    }
    json.dump(measured, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
