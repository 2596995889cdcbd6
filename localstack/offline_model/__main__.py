"""Runs the server: `python -m localstack.offline_model --port N --cache DIR`."""

import argparse
import os
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "functions" / "agent_worker" / "routing" / "examples.jsonl"


def main() -> int:
    """Serves until it is told to stop."""
    options = _options()
    # For matrices this small more threads only wait for each other; it counts from numpy's import.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from localstack.offline_model.serving import serve

    return serve(options.host, options.port, options.examples, options.cache)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m localstack.offline_model",
        description="An OpenAI-compatible model that needs no network and no key.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, required=True, help="port to listen on")
    parser.add_argument("--cache", type=Path, help="folder for the trained classifier")
    parser.add_argument(
        "--examples", type=Path, default=EXAMPLES, help="labelled examples for routing"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
