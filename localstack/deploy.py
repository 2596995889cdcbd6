"""Deploys the built template into the emulator, as ``sam deploy`` does to AWS, but faster.

Code is not copied: an archive that only points to the built folder is uploaded for each function
and layer, and the emulator's functions (emulator/functions.py) run from that folder.
"""

import hashlib
import io
import json
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from samtranslator.yaml_helper import yaml_parse

from localstack.aws import Aws
from localstack.emulator.functions import FOLDER_POINTER

CODE_BUCKET = "frontdesk-local-code"
STACK_SECONDS = 120.0

_CODE_PROPERTIES = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Lambda::Function": "Code",
    "AWS::Lambda::LayerVersion": "Content",
}
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


class DeployError(Exception):
    """The stack did not get to where it should; the text says which resource and why."""


def deploy(
    aws: Aws, stack_name: str, template_file: Path, parameters: Mapping[str, str]
) -> dict[str, str]:
    """Creates the stack, or brings it up to date.

    Args:
        aws: Clients of the emulator.
        stack_name: The stack's name.
        template_file: The template that ``sam build`` wrote.
        parameters: The template's parameters; what is left out keeps its default.

    Returns:
        The stack's outputs.

    Raises:
        DeployError: Something could not be made.
    """
    template = yaml_parse(template_file.read_text())
    upload_code(aws, template, template_file.parent)
    body_key = f"{stack_name}/template.json"
    aws.s3.put_object(Bucket=CODE_BUCKET, Key=body_key, Body=json.dumps(template).encode())
    declared = template.get("Parameters", {})
    change_set = f"local-{int(time.time() * 1000)}"
    aws.cloudformation.create_change_set(
        StackName=stack_name,
        ChangeSetName=change_set,
        ChangeSetType="UPDATE" if _exists(aws, stack_name) else "CREATE",
        TemplateURL=f"{aws.endpoint_url}/{CODE_BUCKET}/{body_key}",
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in parameters.items()
            if key in declared
        ],
    )
    if _wait_for_change_set(aws, stack_name, change_set):
        aws.cloudformation.execute_change_set(StackName=stack_name, ChangeSetName=change_set)
        _wait_for_stack(aws, stack_name)
    return outputs(aws, stack_name)


def outputs(aws: Aws, stack_name: str) -> dict[str, str]:
    """Returns a deployed stack's outputs."""
    stack = aws.cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def upload_code(aws: Aws, template: dict[str, Any], folder: Path) -> None:
    """Uploads what functions and layers are made of, and names it in the template.

    Args:
        aws: Clients of the emulator.
        template: The template, changed in place.
        folder: What relative paths in the template are relative to.
    """
    if not any(bucket["Name"] == CODE_BUCKET for bucket in aws.s3.list_buckets()["Buckets"]):
        aws.s3.create_bucket(Bucket=CODE_BUCKET)
    for name, resource in template["Resources"].items():
        key_name = _CODE_PROPERTIES.get(resource["Type"])
        code = resource.get("Properties", {}).get(key_name) if key_name else None
        if not isinstance(code, str) or code.startswith("s3://"):
            continue
        archive = pointer_archive((folder / code).resolve())
        # Named after its content: an update of the stack looks at the name, not at the object.
        key = f"code/{name}-{hashlib.sha256(archive).hexdigest()[:16]}.zip"
        aws.s3.put_object(Bucket=CODE_BUCKET, Key=key, Body=archive)
        if resource["Type"].startswith("AWS::Serverless::"):
            place: object = f"s3://{CODE_BUCKET}/{key}"
        else:
            place = {"S3Bucket": CODE_BUCKET, "S3Key": key}
        resource["Properties"][key_name] = place


def pointer_archive(folder: Path) -> bytes:
    """Makes an archive that stands for a folder of this machine."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo(FOLDER_POINTER, _ZIP_TIME), str(folder))
    return buffer.getvalue()


def _exists(aws: Aws, stack_name: str) -> bool:
    try:
        stacks = aws.cloudformation.describe_stacks(StackName=stack_name)["Stacks"]
    except ClientError:
        return False
    return bool(stacks) and stacks[0]["StackStatus"] != "REVIEW_IN_PROGRESS"


def _wait_for_change_set(aws: Aws, stack_name: str, change_set: str) -> bool:
    """Waits until a change set can be executed; False where there is nothing to change."""
    deadline = time.monotonic() + STACK_SECONDS
    while time.monotonic() < deadline:
        found = aws.cloudformation.describe_change_set(
            StackName=stack_name, ChangeSetName=change_set
        )
        if found["Status"] == "CREATE_COMPLETE":
            return True
        if found["Status"] == "FAILED":
            reason = found.get("StatusReason", "")
            if "didn't contain changes" in reason or "No updates" in reason:
                return False
            raise DeployError(reason)
        time.sleep(0.05)
    raise DeployError("the change set was not made in time")


def _wait_for_stack(aws: Aws, stack_name: str) -> None:
    deadline = time.monotonic() + STACK_SECONDS
    while time.monotonic() < deadline:
        stack = aws.cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]
        status = stack["StackStatus"]
        if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return
        if not status.endswith("_IN_PROGRESS"):
            raise DeployError(_first_failure(aws, stack_name) or f"the stack ended as {status}")
        time.sleep(0.05)
    raise DeployError("the stack was not made in time")


def _first_failure(aws: Aws, stack_name: str) -> str:
    events = aws.cloudformation.describe_stack_events(StackName=stack_name)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
    if not failed:
        return ""
    first = min(failed, key=lambda event: event["Timestamp"])
    return f"{first['LogicalResourceId']}: {first.get('ResourceStatusReason', '')}"
