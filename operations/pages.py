"""Puts the built pages where CloudFront finds them: ``python -m operations.pages STACK``.

Run by ``make deploy``. Files whose names tell their content come first and stay, so that a page
that is open goes on working; the pages themselves come last.
"""

import json
import mimetypes
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from localstack.site import BUILT, SCOPE, is_immutable
from operations.target import OperationsError

DISCOVERY_SECONDS = 10
FOREVER = "public, max-age=31536000, immutable"
SHORTLY = "public, max-age=300"
"""Other companies' pages name the widget without a version: a release reaches them soon."""

ALWAYS_ASKED = "no-cache"


def publish(
    session: boto3.Session,
    stack: str,
    built: Path = BUILT,
    *,
    discover: Callable[[str], Mapping[str, Any]] | None = None,
) -> str:
    """Publishes the pages of a stack.

    Args:
        session: Whose stack.
        stack: Its name.
        built: Where the built pages are.
        discover: Reads an issuer's metadata.

    Returns:
        What was done, for the user.

    Raises:
        OperationsError: It cannot be done.
    """
    if not (built / "index.html").exists():
        raise OperationsError("the pages were not built, so they are not published: make web")
    try:
        described = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        outputs = {one["OutputKey"]: one["OutputValue"] for one in described.get("Outputs", [])}
        parameters = {
            one["ParameterKey"]: one.get("ParameterValue", "")
            for one in described.get("Parameters", [])
        }
        if "PagesBucketName" not in outputs:
            raise OperationsError(f"the stack {stack!r} serves no pages")
        config = config_of(outputs, parameters, discover or read_discovery)
        s3 = session.client("s3")
        for name, body in [*files(built, outputs["ApiUrl"]), ("config.json", config)]:
            s3.put_object(
                Bucket=outputs["PagesBucketName"],
                Key=name,
                Body=body,
                ContentType=content_type(name),
                CacheControl=cache_control(name),
            )
        session.client("cloudfront").create_invalidation(
            DistributionId=outputs["PagesDistributionId"],
            InvalidationBatch={
                "Paths": {"Quantity": 1, "Items": ["/*"]},
                "CallerReference": str(time.time_ns()),
            },
        )
    except (BotoCoreError, ClientError) as error:
        raise OperationsError(f"the pages cannot be published: {error}") from error
    return (
        f"The console: {outputs['PagesUrl']}/console/\nThe widget: {outputs['PagesUrl']}/widget.js"
    )


def files(built: Path, api: str) -> Iterator[tuple[str, bytes]]:
    """Lists the files to publish, what pages load before the pages.

    Args:
        built: Where they are.
        api: Where the API is, for the sample page's widget.
    """
    found = [file for file in built.rglob("*") if file.is_file() and file.name[0] != "."]
    for file in sorted(found, key=lambda file: (file.suffix == ".html", file)):
        body = file.read_bytes()
        if file.suffix == ".html":
            body = body.replace(b'data-api=""', f'data-api="{api}"'.encode())
        yield file.relative_to(built).as_posix(), body


def config_of(
    outputs: Mapping[str, str],
    parameters: Mapping[str, str],
    discover: Callable[[str], Mapping[str, Any]],
) -> bytes:
    """Makes what the pages have to know of their stack.

    Args:
        outputs: The stack's.
        parameters: The stack's.
        discover: Reads an issuer's metadata.
    """
    oidc = None
    origin = parameters.get("SignInOrigin")
    if origin:
        found = discover(parameters["OidcIssuer"])
        if not str(found["token_endpoint"]).startswith(f"{origin}/"):
            raise OperationsError(
                f"the pages may not call {found['token_endpoint']}: deploy with its origin as "
                "SignInOrigin"
            )
        oidc = {
            "authorization_endpoint": found["authorization_endpoint"],
            "token_endpoint": found["token_endpoint"],
            "client_id": parameters["OidcAudience"],
            "scope": SCOPE,
        }
    return json.dumps({"api": outputs["ApiUrl"], "oidc": oidc}).encode()


def read_discovery(issuer: str) -> Mapping[str, Any]:
    """Reads an issuer's metadata (OpenID Connect Discovery 1.0).

    Args:
        issuer: Its address.

    Raises:
        OperationsError: It cannot be had.
    """
    address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        with urllib.request.urlopen(address, timeout=DISCOVERY_SECONDS) as answer:
            document: Mapping[str, Any] = json.load(answer)
    except (OSError, ValueError) as error:
        raise OperationsError(f"{address} cannot be read: {error}") from error
    return document


def content_type(name: str) -> str:
    """Returns the type of a file, with its encoding where it is text."""
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def cache_control(name: str) -> str:
    """Returns for how long a file may be kept."""
    if is_immutable(name):
        return FOREVER
    return SHORTLY if name == "widget.js" else ALWAYS_ASKED


def main() -> None:
    """Publishes; what the user can mend is said in one line."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m operations.pages STACK")
    try:
        print(publish(boto3.Session(), sys.argv[1]))
    except OperationsError as error:
        sys.exit(f"frontdesk: {error}")


if __name__ == "__main__":
    main()
