"""``make chaos``: the fault test, in full.

MESSAGES, CONVERSATIONS and SEED (a number, or several with commas between) say how much of it;
OUTAGES=0 leaves the long outages out. One JSON object is printed; the histories' paths are in it.
"""

import json
import logging
import os
import sys
import tempfile
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from localstack.postgres import EmbeddedPostgres
from tests.chaos.outages import OUTAGES, Place
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
        outages = _sit_out_outages(cluster, template, folder)
    kept = all(verdict["verdict"] == "kept" for verdict in [*verdicts, *outages])
    content = {"verdict": "kept" if kept else "violated", "runs": verdicts, "outages": outages}
    print(json.dumps(content))
    sys.exit(not kept)


def _sit_out_outages(
    cluster: EmbeddedPostgres, template: str, folder: Path
) -> list[dict[str, Any]]:
    if os.environ.get("OUTAGES") == "0":
        return []
    summaries = []
    for outage in OUTAGES:
        path = folder / f"history-{outage.__name__}.jsonl"
        with fresh_database(cluster, template) as database, redirect_stdout(StringIO()):
            summary = outage(Place(database, cluster.superuser_url(), path)).summary()
        print(json.dumps(summary, indent=2), file=sys.stderr)
        summaries.append(summary)
    return summaries


if __name__ == "__main__":
    main()
