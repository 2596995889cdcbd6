"""Requests that nobody thought of, made from the served description; what is wrong is reported.

Run as ``python -m tests.support.fuzzing`` it starts a stack of its own, sends at least a hundred
requests to each operation with each kind of credential, and prints one JSON object. Erasing is
among what it asks for: nothing in that stack is as it was afterwards.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from tests.support.stack import ROOT, Stack

EMAIL = "fuzz@customer.example"
"""A customer who has a record, and nothing that any other test needs."""

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "ignored_auth",
    "unsupported_method",
    "allow_header_conformance",
)
ALL_PHASES = ("examples", "coverage", "fuzzing")
FEW_PHASES = ("examples", "fuzzing")
HOOKS = "tests.support.fuzzing_hooks"
EXAMPLES = 100


def credentials(stack: Stack) -> dict[str, dict[str, str]]:
    """Makes one credential of each kind, the most harmless first.

    Args:
        stack: A running stack.

    Returns:
        Headers, by who sends them.
    """
    customer = _bearer(stack.credential(EMAIL=EMAIL))
    support, admin = _bearer(stack.credential(STAFF="1")), _bearer(stack.credential(ADMIN="1"))
    record = {"email": EMAIL, "first_name": "Fuzz", "last_name": "Fuzz"}
    with httpx.Client(base_url=stack.url, timeout=60) as http:
        made = http.post("/api/customers", json=record, headers=support)
        assert made.status_code in (201, 409), made.text
        # Something that lists have to show.
        asked = {"message": "Please open a ticket: the export is broken."}
        http.post("/api/chat/sync", json=asked, headers=customer).raise_for_status()
    return {
        "nobody": {},
        "guest": _bearer(stack.guest_token()),
        "customer": customer,
        "service": {"x-api-key": stack.credential(SERVICE="1")},
        "support": support,
        "admin": admin,
    }


def fuzz(
    stack: Stack,
    headers: Mapping[str, str],
    report: Path,
    *,
    examples: int,
    phases: Sequence[str],
    seed: int | None = None,
) -> dict[str, Any]:
    """Sends requests of one caller to every operation that the stack says it has.

    Args:
        stack: A running stack.
        headers: The caller's credential.
        report: Where the report is kept.
        examples: Requests an operation, in the phase that makes them at random.
        phases: What is sent besides.
        seed: Makes the same requests again.

    Returns:
        The report.
    """
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        *("run", f"{stack.url}/api/openapi.json"),
        *("--checks", ",".join(CHECKS)),
        *("--phases", ",".join(phases)),
        *("--max-examples", str(examples)),
        *("--report", "json", "--report-json-path", str(report)),
        # A minute: with waiting cut short, nothing takes that long.
        *("--request-timeout", "60"),
        *("--generation-database", "none", "--suppress-health-check", "all"),
        *("--continue-on-failure", "--no-shrink", "--no-color"),
        *(argument for name, value in headers.items() for argument in ("-H", f"{name}: {value}")),
        *([] if seed is None else ["--seed", str(seed)]),
    ]
    told = subprocess.run(
        command,
        check=False,
        cwd=report.parent,
        env=os.environ | {"SCHEMATHESIS_HOOKS": HOOKS, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    # What was sent and answered, to make it again with.
    report.with_suffix(".txt").write_text(told.stdout + told.stderr)
    if not report.exists() or not report.stat().st_size:
        raise RuntimeError(f"there is no report:\n{told.stdout}\n{told.stderr}")
    content: dict[str, Any] = json.loads(report.read_text())
    return content


def faults(report: Mapping[str, Any]) -> list[str]:
    """Reads what a report found wrong.

    Args:
        report: What `fuzz` returned.

    Returns:
        Each fault with the operations that have it; also operations that were not asked.
    """
    found = [f"{one['title']}: {', '.join(one['operations'])}" for one in report["failures"]]
    found += [f"error: {error}" for error in report["errors"]]
    asked = report["operations"]
    if not report["complete"] or asked["tested"] != asked["total"]:
        found.append(f"{asked['tested']} of {asked['total']} operations were asked")
    return found


def _bearer(token: str) -> dict[str, str]:
    # Spelt so, it is found where a request without it is to be made.
    return {"Authorization": f"Bearer {token}"}


def _requests_sent(report: Mapping[str, Any]) -> int:
    return int(report["test_cases"]["generated"])


def main() -> int:
    """Fuzzes a stack of its own."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="requests an operation")
    parser.add_argument("--seed", type=int, help="make the same requests again")
    parser.add_argument("--reports", type=Path, default=ROOT / ".local" / "fuzz", help="a folder")
    options = parser.parse_args()
    reports: Path = options.reports.resolve()
    reports.mkdir(parents=True, exist_ok=True)
    summary: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder) / "data")
        try:
            print("starting a stack …", file=sys.stderr)
            stack.start()
            for who, headers in credentials(stack).items():
                print(f"as {who} …", file=sys.stderr)
                report = fuzz(
                    stack,
                    headers,
                    reports / f"{who}.json",
                    examples=options.examples,
                    phases=ALL_PHASES,
                    seed=options.seed,
                )
                summary[who] = {
                    "operations": report["operations"]["tested"],
                    "requests": _requests_sent(report),
                    "seconds": round(report["running_time"]),
                    "seed": report["seed"],
                    "faults": faults(report),
                }
        finally:
            stack.stop()
    ok = not any(one["faults"] for one in summary.values())
    json.dump({"ok": ok, "callers": summary, "reports": str(reports)}, sys.stdout, indent=2)
    print()
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
