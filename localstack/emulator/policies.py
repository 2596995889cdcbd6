"""The policies of functions' roles, as they are deployed at this moment, and what they say."""

# ruff: noqa: SLF001

import functools
import json
from dataclasses import dataclass
from typing import Any

from localstack.emulator.checks import Check


@dataclass(frozen=True, slots=True)
class Caller:
    """A session of a role.

    Attributes:
        arn: The session.
        account: The role's account.
        role: The role's name.
        name: The session's name: the function's.
    """

    arn: str
    account: str
    role: str
    name: str


def granted() -> set[tuple[str, str, str]]:
    """Lists what the policies allow the functions: function, statement, action."""
    from ministack.services import lambda_svc

    configs = [func["config"] for func in list(lambda_svc._functions._data.values())]
    return {
        (config["FunctionName"], statement.sid, action)
        for config in configs
        for policy in policies_of(config["Role"].split(":")[4], config["Role"].rpartition("/")[2])
        for statement in policy
        if statement.effect == "Allow"
        for action in statement.actions
    }


def policies_of(account: str, role: str) -> list[Any]:
    """Reads a role's policies as they are at this moment: those written in it, those attached."""
    from ministack.core import iam_evaluator
    from ministack.services import iam

    record = iam._roles.get_scoped(account, None, role) or {}
    attached = (
        iam_evaluator._resolve_managed_policy_document(arn, account)
        for arn in record.get("AttachedPolicies", ())
    )
    documents = [*(record.get("InlinePolicies") or {}).values(), *attached]
    return [_parse(one if isinstance(one, str) else json.dumps(one)) for one in documents if one]


@functools.lru_cache(maxsize=256)
def _parse(document: str) -> Any:
    from ministack.core import iam_evaluator

    return iam_evaluator.parse_policy_document(document)


def evaluate(caller: Caller, check: Check, region: str, policies: list[Any]) -> Any:
    """Asks policies about one thing, as AWS does: a denial wins, and none allowed is denied.

    Args:
        caller: Who asks.
        check: What for.
        region: Where.
        policies: The caller's.

    Returns:
        The emulator's result: its decision, and the statement that made it.
    """
    from ministack.core import iam_evaluator

    context = iam_evaluator.EvalContext(
        principal_arn=caller.arn,
        principal_type="AssumedRole",
        principal_account=caller.account,
        action=check.action,
        resource_arn=check.resource,
        region=region,
        service_context=dict(check.context),
    )
    return iam_evaluator.evaluate(context, policies)
