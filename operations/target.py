"""Which system is meant: the one on this machine, or a stack on AWS."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

HOUSEKEEPING = "HousekeepingFunctionName"
KB_INGEST = "KbIngestFunctionName"
"""The stack's outputs that name the functions."""

INVOKE_SECONDS = 130
"""Longer than a command takes; a second call after a time-out would do its work twice."""


class OperationsError(Exception):
    """The command cannot be carried out; the text is for the user."""


@dataclass(frozen=True, slots=True)
class Target:
    """A function of a running system.

    Attributes:
        lambda_: A Lambda client.
        function: The function's name.
        operator: Who asks, for the audit log; None where nobody is signed in.
    """

    lambda_: "LambdaClient"
    function: str
    operator: str | None = None

    def ask(self, event: Mapping[str, Any]) -> Any:
        """Lets the function do something, and waits for it.

        Args:
            event: What to do.

        Returns:
            What it answered.

        Raises:
            OperationsError: It is out of reach, or failed.
        """
        if self.operator is not None:
            event = {**event, "operator": self.operator}
        try:
            answer = self.lambda_.invoke(
                FunctionName=self.function, Payload=json.dumps(event).encode()
            )
            result = json.loads(answer["Payload"].read() or b"null")
        except (BotoCoreError, ClientError) as error:
            raise OperationsError(f"{self.function} cannot be asked: {error}") from error
        if "FunctionError" in answer:
            raise OperationsError(f"{self.function} failed: {result.get('errorMessage', result)}")
        return result


def find_target(environ: Mapping[str, str], output: str) -> Target:
    """Finds the system that is meant.

    Args:
        environ: ``STACK`` names a stack on AWS, reached as every AWS tool is (``AWS_PROFILE``,
            ``AWS_REGION``); without it the system on this machine is meant.
        output: The stack's output that names the function.

    Returns:
        Its function.

    Raises:
        OperationsError: There is no such stack.
        LocalStackError: Nothing runs on this machine.
    """
    stack = environ.get("STACK", "")
    if stack:
        return function_of(boto3.Session(), stack, output)
    from localstack.commands import running_environment
    from localstack.settings import Settings
    from localstack.stack import STACK_NAME

    running = running_environment(Settings.from_environment())
    session = boto3.Session(
        aws_access_key_id=running["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=running["AWS_SECRET_ACCESS_KEY"],
        region_name=running["AWS_DEFAULT_REGION"],
    )
    return function_of(session, STACK_NAME, output, endpoint_url=running["AWS_ENDPOINT_URL"])


def function_of(
    session: boto3.Session, stack: str, output: str, *, endpoint_url: str | None = None
) -> Target:
    """Finds a function of a stack.

    Args:
        session: Whose stack.
        stack: Its name.
        output: The stack's output that names the function.
        endpoint_url: Where AWS's APIs are, if not on AWS.

    Returns:
        The function.

    Raises:
        OperationsError: There is no such stack, or it has none.
    """
    config = Config(read_timeout=INVOKE_SECONDS, retries={"total_max_attempts": 1})
    try:
        described = session.client("cloudformation", endpoint_url=endpoint_url).describe_stacks(
            StackName=stack
        )
        outputs = described["Stacks"][0].get("Outputs", [])
        function = next(one["OutputValue"] for one in outputs if one["OutputKey"] == output)
        client = session.client("lambda", endpoint_url=endpoint_url, config=config)
        # On this machine everybody has the same keys.
        on_aws = endpoint_url is None
        operator = session.client("sts").get_caller_identity()["Arn"] if on_aws else None
    except StopIteration:
        raise OperationsError(f"the stack {stack!r} has no output {output}") from None
    except (BotoCoreError, ClientError) as error:
        raise OperationsError(f"the stack {stack!r} cannot be read: {error}") from error
    return Target(client, function, operator)
