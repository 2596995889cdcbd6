"""The functions that answer while all else is down import nothing that is slow to start."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

COMMON = {
    "annotated_types",
    "aws_lambda_powertools",
    "boto3",
    "botocore",
    "dateutil",
    "frontdesk",
    "jmespath",
    "pydantic",
    "pydantic_core",
    "s3transfer",
    "six",
    "typing_extensions",
    "typing_inspection",
    "urllib3",
}
"""What the layer brings along, and its own code."""

ALLOWED = {
    "authorizer": COMMON | {"authorizer", "cffi", "_cffi_backend", "cryptography", "jwt"},
    "chat_ingest": COMMON | {"chat_ingest"},
    "status": COMMON | {"status"},
}

OPTIONAL = {
    "OpenSSL",
    "_awscrt",
    "_cffi_backend",
    "awscrt",
    "brotli",
    "certifi",
    "cffi",
    "cryptography",
    "simplejson",
    "zstandard",
}
"""What botocore and urllib3 take where a development machine happens to have it."""

HEAVY_PARTS = {
    "aws_lambda_powertools.event_handler",
    "aws_lambda_powertools.utilities.idempotency",
    "frontdesk.adapters.postgres",
    "frontdesk.knowledge",
    "pydantic_settings",
}

PROBE = """
import json, sys
before = set(sys.modules)
import {function}.app
print(json.dumps([[name, getattr(module, "__file__", None)]
                  for name, module in sys.modules.items() if name not in before]))
"""


def imported_by(function: str) -> dict[str, str | None]:
    """Imports a function's handler in a process of its own."""
    path = os.pathsep.join([str(ROOT / "functions"), str(ROOT / "layers/common")])
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(function=function)],
        env={"PYTHONPATH": path, "AWS_DEFAULT_REGION": "us-east-1", "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("function", ALLOWED)
def test_a_light_function_imports_only_what_it_may(function: str) -> None:
    modules = imported_by(function)
    packages = {
        name.partition(".")[0]
        for name, file in modules.items()
        if file is not None and ("site-packages" in file or str(ROOT) in file)
    }
    assert packages - ALLOWED[function] - OPTIONAL == set()
    assert {heavy for heavy in HEAVY_PARTS if heavy in modules} == set()
    assert "boto3" in packages
