"""Writes an environment file for `sam local`, with the names of the running one-machine stack.

Like events/env.json, whose addresses are examples. Prints the path of the file.
"""

import json
import os
import sys
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "events" / "env.json"
STACK_NAME = "frontdesk-local"


def running_stack(data_dir: Path) -> dict[str, str]:
    """Reads where the running stack is.

    Args:
        data_dir: Its data folder.

    Returns:
        The variables that it wrote down for other tools.

    Raises:
        SystemExit: None is running there.
    """
    try:
        lines = (data_dir / "env").read_text().splitlines()
    except OSError:
        sys.exit("There is no running system: start it with `make dev`.")
    pairs = (line.removeprefix("export ").partition("=") for line in lines if "=" in line)
    return {name: value.strip("'\"") for name, _, value in pairs}


def main() -> None:
    """Writes the file."""
    data_dir = Path(os.environ.get("DATA_DIR", ROOT / ".local"))
    stack = running_stack(data_dir)
    functions = boto3.client(
        "lambda",
        endpoint_url=stack["AWS_ENDPOINT_URL"],
        region_name=stack["AWS_DEFAULT_REGION"],
        aws_access_key_id=stack["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=stack["AWS_SECRET_ACCESS_KEY"],
    )
    environment = {}
    try:
        for logical_id in json.loads(EXAMPLE.read_text()):
            words = "".join(f"-{c.lower()}" if c.isupper() else c for c in logical_id)
            name = f"{STACK_NAME}{words.removesuffix('-function')}"
            configuration = functions.get_function_configuration(FunctionName=name)
            environment[logical_id] = {
                **configuration["Environment"]["Variables"],
                "AWS_ENDPOINT_URL": stack["AWS_ENDPOINT_URL"],
            }
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"The running system could not be asked: {error}")
    target = data_dir / "sam-env.json"
    target.write_text(json.dumps(environment, indent=2) + "\n")
    print(target)


if __name__ == "__main__":
    main()
