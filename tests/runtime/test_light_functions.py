"""What the functions that answer while all else is down may import, and that they start."""

import re
from pathlib import Path

import pytest

from tests.support.built import LIGHT, Built, environment_of
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
    "aws_lambda_powertools.utilities.idempotency",
    "frontdesk.adapters.postgres",
    "frontdesk.knowledge",
)


def imported_modules(log: str, paths: list[Path]) -> set[str]:
    """Reads from ``-X importtime`` which of the deployed modules were loaded.

    It lists the standard library as well, and what was looked for in vain.
    """
    names = set(re.findall(r"^import time: +\d+ \| +\d+ \| +(\S+)$", log, re.MULTILINE))
    deployed = {entry.name.partition(".")[0] for path in paths for entry in path.iterdir()}
    return {name for name in names if name.partition(".")[0] in deployed}


@pytest.mark.parametrize("name", LIGHT)
def test_a_light_function_loads_only_what_it_may(name: str, built: Built) -> None:
    paths = built.import_paths(name)

    with LambdaRuntime(
        paths, f"{name}.app.handler", environment_of(name), python_options=["-X", "importtime"]
    ) as runtime:
        runtime.stop()
    modules = imported_modules(runtime.log, paths)

    packages = {module.partition(".")[0] for module in modules}
    unexpected = packages - ALLOWED - ALLOWED_BESIDES.get(name, set()) - {name}
    assert unexpected == set()
    assert {m for m in modules if m.startswith(FORBIDDEN_PARTS)} == set()
    # The handler's own module is imported in a way that is not listed; what it imports is.
    assert f"{name}.settings" in modules, "nothing was measured"
