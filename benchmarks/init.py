"""How long each function takes to start, under the runtime client that runs on AWS.

Prints one JSON object; times are milliseconds from the start of the process to the function's
first request for an event, the fastest of several runs. `boto3` is a handler that imports boto3
and nothing else: what the light functions are measured against.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from scripts import package
from tests.support.built import FUNCTIONS, LIGHT, Built, environment_of
from tests.support.lambda_runtime import LambdaRuntime

BASELINES = {"nothing": "", "boto3": "import boto3\n"}
HANDLER = "def handler(event, context):\n    return None\n"


def fastest(paths: list[Path], handler: str, environment: dict[str, str], runs: int) -> int:
    """Starts a function several times.

    Args:
        paths: Where it imports from.
        handler: As the template names it.
        environment: Its variables.
        runs: How often to start it.

    Returns:
        The shortest time until it was ready, in milliseconds.
    """
    times = []
    for _ in range(runs):
        with LambdaRuntime(paths, handler, environment) as runtime:
            times.append(runtime.init_seconds)
    return round(min(times) * 1000)


def measure(runs: int) -> dict[str, dict[str, int]]:
    """Measures every function, and what to compare them with.

    Args:
        runs: How often each is started.

    Returns:
        Milliseconds by name: `baselines` and `functions`; and for the light functions, the
        milliseconds by which they exceed the import of boto3.
    """
    with tempfile.TemporaryDirectory() as folder:
        built = Built(Path(folder) / "built")
        shared = [built.layer() / "python", package.wheels("runtime", package.HOST, "/var/runtime")]
        baselines = {}
        for name, imports in BASELINES.items():
            bare = Path(folder) / name
            bare.mkdir()
            (bare / "bare.py").write_text(imports + HANDLER)
            baselines[name] = fastest([bare, *shared], "bare.handler", {}, runs)
        functions = {
            name: fastest(
                built.import_paths(name), f"{name}.app.handler", environment_of(name), runs
            )
            for name in FUNCTIONS
        }
    over = {name: functions[name] - baselines["boto3"] for name in LIGHT}
    return {"baselines": baselines, "functions": functions, "light_over_boto3": over}


def main() -> None:
    """Measures what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5, help="starts of each function")
    arguments = parser.parse_args()
    json.dump({"init_ms": measure(arguments.runs)}, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
