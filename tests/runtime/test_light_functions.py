"""What the functions that answer while all else is down may import, and that they start."""

import re
import sys

import pytest

from tests.support.built import LIGHT, Built
from tests.support.lambda_runtime import LambdaRuntime

# Everything from outside the standard library that a light function may load, and why.
ALLOWED = {
    # the layer
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
    # the runtime client
    "awslambdaric",
    "runtime_client",
    "simplejson",
    "snapshot_restore_py",
}
ALLOWED_BESIDES = {"authorizer": {"_cffi_backend", "cffi", "cryptography", "jwt"}}
# Parts of what is allowed that cost more than they are worth here.
FORBIDDEN_PARTS = (
    "aws_lambda_powertools.event_handler",
    "aws_lambda_powertools.tracing",
    "frontdesk.adapters.postgres",
    "frontdesk.knowledge",
)

ENVIRONMENT = {
    "POWERTOOLS_SERVICE_NAME": "light",
    "TASKS_TABLE": "tasks",
    "CHAT_QUEUE_URL": "http://127.0.0.1:9/queue.fifo",
    "GUEST_TOKEN_KEY": "key",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
}


def imported_modules(log: str, stdlib: frozenset[str]) -> set[str]:
    """Reads the modules from what ``-X importtime`` printed, the standard library's left out."""
    names = set(re.findall(r"^import time: +\d+ \| +\d+ \| +(\S+)$", log, re.MULTILINE))
    return {name for name in names if name.partition(".")[0] not in stdlib}


@pytest.mark.parametrize("name", LIGHT)
def test_a_light_function_loads_only_what_it_may(name: str, built: Built) -> None:
    paths = built.import_paths(name)

    with LambdaRuntime(
        paths, f"{name}.app.handler", ENVIRONMENT, python_options=["-X", "importtime"]
    ) as runtime:
        runtime.stop()
    modules = imported_modules(runtime.log, frozenset(sys.stdlib_module_names))

    packages = {module.partition(".")[0] for module in modules}
    unexpected = packages - ALLOWED - ALLOWED_BESIDES.get(name, set()) - {name}
    assert unexpected == set()
    assert {m for m in modules if m.startswith(FORBIDDEN_PARTS)} == set()
    assert f"{name}.app" in modules
    assert "boto3" in modules, "nothing was measured"
