"""The deployed stack: its parameters, whether it is up to date, what is asked of its functions."""

import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from localstack import deploy, oidc
from localstack.aws import Aws
from localstack.places import Places
from localstack.settings import LocalStackError, Settings

STACK_NAME = "frontdesk-local"
DATABASE_SECRET = "frontdesk-local/database"
SERVICE_KEY_ID = "local"
SERVICE_KEY_NAME = "Local service"
MAIL_DOMAIN = "cloudflow.com"
MAIL_FROM = f"support@{MAIL_DOMAIN}"
MAIL_AFTER_SECONDS = "15"
"""Not two minutes: whoever tries it out wants to see the mail (`DATA_DIR/outbox`)."""

NEEDED_FIRST = tuple(f"{STACK_NAME}-{name}" for name in ("authorizer", "support-api"))
"""What the API's health is seen through."""

NEEDED_NEXT = tuple(f"{STACK_NAME}-{name}" for name in ("agent-worker", "chat-ingest", "status"))
"""What somebody who asks a question should not have to wait for."""

KNOWLEDGE = f"{STACK_NAME}-kb-ingest"
"""What takes the sample documents in."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """What is deployed.

    Attributes:
        build: The folder that the functions run from.
        parameters: The template's parameters; a secret one as its hash.
        database: The hash of the owner's URL that the schema was applied to.
        outputs: The stack's outputs.
    """

    build: str
    parameters: Mapping[str, str]
    database: str
    outputs: Mapping[str, str]

    @classmethod
    def read(cls, file: Path) -> "Deployment | None":
        """Reads what was deployed last; None where nothing was, or not to the end."""
        if not file.exists():
            return None
        return cls(**json.loads(file.read_text()))

    def write(self, file: Path) -> None:
        """Notes that this is deployed now."""
        file.write_text(json.dumps(asdict(self), indent=1))


def parameters(
    settings: Settings, *, issuer: str, model_url: str, database_secret: str
) -> dict[str, str]:
    """Chooses the template's parameters.

    Args:
        settings: What the environment says.
        issuer: The local issuer's address.
        model_url: Where the model is; empty for OpenAI's own.
        database_secret: ARN of the secret with the owner's URL.
    """
    return {
        "MailAfterSeconds": MAIL_AFTER_SECONDS,
        **settings.parameters,
        "MailFrom": MAIL_FROM,
        "MailIdentity": MAIL_DOMAIN,
        "PortalUrl": f"http://127.0.0.1:{settings.port}/",
        "Environment": "local",
        "OidcIssuer": issuer,
        "OidcAudience": oidc.AUDIENCE,
        "OidcGroupsClaim": oidc.GROUPS_CLAIM,
        "SupportGroup": oidc.SUPPORT_GROUP,
        "AdminGroup": oidc.ADMIN_GROUP,
        "DatabaseSecretArn": database_secret,
        "OpenAiApiKey": settings.openai_api_key,
        "OpenAiBaseUrl": model_url,
        "LlmModel": settings.llm_model,
        "EmbeddingModel": settings.embedding_model,
    }


def bring_up_to_date(
    aws: Aws, places: Places, build: Path, wanted: Mapping[str, str], database_url: str
) -> tuple[Deployment, Deployment | None]:
    """Deploys what is not deployed yet, and lets the functions know their database.

    Args:
        aws: Clients of the emulator.
        places: Where the last deployment is noted.
        build: The folder with the built template.
        wanted: The template's parameters.
        database_url: The owner's.

    Returns:
        What is deployed now, and what was before.

    Raises:
        LocalStackError: It did not work out; the text says why.
    """
    former = Deployment.read(places.deployed)
    if former is not None and former.outputs != _outputs(aws):
        former = None  # The emulator's state was lost, or is older.
    shown = {**wanted, "OpenAiApiKey": _digest(wanted["OpenAiApiKey"])}
    database = _digest(database_url)
    if former is not None and former == Deployment(str(build), shown, database, former.outputs):
        return former, former
    places.deployed.unlink(missing_ok=True)
    if former is not None and (former.build, former.parameters) == (str(build), shown):
        outputs = dict(former.outputs)
    else:
        try:
            outputs = deploy.deploy(aws, STACK_NAME, build / "template.yaml", wanted)
        except deploy.DeployError as error:
            raise LocalStackError(f"the stack was not deployed: {error}") from error
    if former is not None and former.database != database:
        # The template's own migration does not notice that the database is another one.
        invoke(aws, outputs["DbMigrateFunctionName"], {"action": "migrate"})
    now = Deployment(str(build), shown, database, outputs)
    now.write(places.deployed)
    return now, former


def put_database_secret(aws: Aws, url: str) -> str:
    """Keeps the owner's URL where the functions find it, and returns the secret's ARN."""
    text = json.dumps({"url": url})
    try:
        found = aws.secretsmanager.get_secret_value(SecretId=DATABASE_SECRET)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return aws.secretsmanager.create_secret(Name=DATABASE_SECRET, SecretString=text)["ARN"]
    if found["SecretString"] != text:
        aws.secretsmanager.put_secret_value(SecretId=DATABASE_SECRET, SecretString=text)
    return found["ARN"]


def verify_mail_domain(aws: Aws) -> None:
    """Lets mails come from the sample company's domain, as its owner does with SES."""
    with contextlib.suppress(aws.sesv2.exceptions.AlreadyExistsException):
        aws.sesv2.create_email_identity(EmailIdentity=MAIL_DOMAIN)


def put_service_key(aws: Aws, table: str, key: str) -> None:
    """Makes a service key valid. Only its hash is stored."""
    aws.dynamodb.put_item(
        TableName=table,
        Item={
            "pk": {"S": f"KEY#{_digest(key)}"},
            "key_id": {"S": SERVICE_KEY_ID},
            "name": {"S": SERVICE_KEY_NAME},
        },
    )


def invoke(aws: Aws, function_name: str, event: Mapping[str, Any]) -> Any:
    """Runs a function and waits for it.

    Args:
        aws: Clients of the emulator.
        function_name: Which one.
        event: Its event.

    Returns:
        What it answered.

    Raises:
        LocalStackError: It failed; the text says how.
    """
    answer = aws.lambda_.invoke(FunctionName=function_name, Payload=json.dumps(event).encode())
    result = json.loads(answer["Payload"].read() or b"null")
    if "FunctionError" in answer:
        raise LocalStackError(f"{function_name} failed: {result.get('errorMessage', result)}")
    return result


def _outputs(aws: Aws) -> dict[str, str] | None:
    try:
        return deploy.outputs(aws, STACK_NAME)
    except ClientError:
        return None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
