"""``make chaos``: the fault test, in full.

MESSAGES, CONVERSATIONS and SEED (a number, or several with commas between) say how much of it.
One JSON object is printed; the histories' paths are in it.
"""

import json
import logging
import os
import sys
import tempfile
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from localstack.postgres import EmbeddedPostgres
from tests.chaos.run import Plan, run
from tests.support.postgres import fresh_database, migrate


def main() -> None:
    """Runs each seed, and ends with 1 where a promise was broken."""
    logging.disable(logging.CRITICAL)
    messages = int(os.environ.get("MESSAGES") or 10_000)
    conversations = int(os.environ.get("CONVERSATIONS") or 500)
    seeds = [int(seed) for seed in (os.environ.get("SEED") or "1").split(",")]
    folder = Path(tempfile.mkdtemp(prefix="frontdesk-chaos-"))
    verdicts = []
    with EmbeddedPostgres(folder / "postgres", durable=False) as cluster:
        template = migrate(cluster)
        for seed in seeds:
            print(f"seed {seed}: {messages} messages", file=sys.stderr)
            # What metrics print belongs to the functions' logs.
            with fresh_database(cluster, template) as database, redirect_stdout(StringIO()):
                plan = Plan(messages, conversations, seed)
                path = folder / f"history-{seed}.jsonl"
                verdicts.append(run(plan, database, cluster.superuser_url(), path))
            print(json.dumps(verdicts[-1], indent=2), file=sys.stderr)
    kept = all(verdict["verdict"] == "kept" for verdict in verdicts)
    print(json.dumps({"verdict": "kept" if kept else "violated", "runs": verdicts}))
    sys.exit(not kept)


if __name__ == "__main__":
    main()
