"""What each command does. Imports are made where they are needed: a token takes no second."""

import os
import shutil
from collections.abc import Mapping

from localstack.places import Places, read_environment
from localstack.settings import LocalStackError, Settings

STAFF_EMAIL = "support.agent@cloudflow.com"
ADMIN_EMAIL = "admin@cloudflow.com"


def up(settings: Settings) -> None:
    """Runs the whole system until told to stop."""
    from localstack.supervisor import Supervisor

    Supervisor(settings).run()


def token(settings: Settings) -> None:
    """Prints one credential: EMAIL, STAFF=1, ADMIN=1 or SERVICE=1 says whose."""
    running_environment(settings)
    print(credential(settings, os.environ))


def chat(settings: Settings) -> None:
    """Talks to the running system; EMAIL says as which customer."""
    from localstack.chat import Chat

    url = running_environment(settings)["FRONTDESK_URL"]
    email = os.environ.get("EMAIL")
    bearer = credential(settings, {"EMAIL": email}) if email else None
    Chat(url, bearer, name=email or "guest").run()


def seed(settings: Settings) -> None:
    """Loads the sample data that is not there yet."""
    from localstack import sampledata
    from localstack.aws import Aws

    running = running_environment(settings)
    inserted, put = sampledata.load(
        Aws(running["AWS_ENDPOINT_URL"]), running["DOCUMENTS_BUCKET"], running["DATABASE_URL"]
    )
    print(f"{inserted} records and {put} documents are new")


def migrate(settings: Settings) -> None:
    """Applies the schema migrations that are missing."""
    from localstack import stack
    from localstack.aws import Aws

    aws = Aws(running_environment(settings)["AWS_ENDPOINT_URL"])
    answer = stack.invoke(aws, f"{stack.STACK_NAME}-db-migrate", {"action": "migrate"})
    print("\n".join(answer["applied"]) or "the schema is up to date")


def logs(settings: Settings) -> None:
    """Follows the logs of all functions."""
    from localstack.logs import follow

    running_environment(settings)
    follow(Places(settings.data_dir).function_logs)


def shell(settings: Settings) -> None:
    """Opens a Python shell with the running system's objects."""
    from localstack.shell import interact

    running = running_environment(settings)
    interact(running, lambda **whose: credential(settings, whose))


def clean(settings: Settings) -> None:
    """Removes everything that the stack has written.

    Raises:
        LocalStackError: The stack runs, or the directory is none of ours.
    """
    from localstack.processes import is_locked, stop_left_behind

    places = Places(settings.data_dir)
    if not places.root.exists():
        return
    if is_locked(places.lock):
        raise LocalStackError(f"the stack runs on {places.root}: stop it first")
    if not places.lock.exists() and any(places.root.iterdir()):
        raise LocalStackError(f"{places.root} was not made by us: it is left alone")
    stop_left_behind(places.root)
    shutil.rmtree(places.root)


def running_environment(settings: Settings) -> dict[str, str]:
    """Returns what the running stack says about itself.

    Raises:
        LocalStackError: It does not run, or not yet.
    """
    from localstack.processes import is_locked

    places = Places(settings.data_dir)
    if not is_locked(places.lock):
        raise LocalStackError(f"no stack runs on {places.root}: start one with 'make dev'")
    running = read_environment(places.environment)
    if not running:
        raise LocalStackError("the stack is still starting")
    if settings.port_was_given and not running["FRONTDESK_URL"].endswith(f":{settings.port}"):
        raise LocalStackError(
            f"the stack on {places.root} is at {running['FRONTDESK_URL']}, not on {settings.port}"
        )
    return running


def credential(settings: Settings, whose: Mapping[str, str | None]) -> str:
    """Makes a credential for the local stack.

    Args:
        settings: Which stack.
        whose: ``EMAIL``, ``STAFF``, ``ADMIN`` or ``SERVICE``.

    Returns:
        An ID token, or the service key.

    Raises:
        LocalStackError: It says neither.
    """
    from localstack import oidc

    places = Places(settings.data_dir)
    email = whose.get("EMAIL")
    if _is_on(whose.get("SERVICE")):
        return places.service_key.read_text()
    issuer = oidc.Issuer.open(places.issuer, "")
    if _is_on(whose.get("ADMIN")):
        groups = (oidc.SUPPORT_GROUP, oidc.ADMIN_GROUP)
        return issuer.token(email or ADMIN_EMAIL, groups=groups)
    if _is_on(whose.get("STAFF")):
        return issuer.token(email or STAFF_EMAIL, groups=(oidc.SUPPORT_GROUP,))
    if not email:
        raise LocalStackError("say whose: EMAIL=…, STAFF=1, ADMIN=1 or SERVICE=1")
    return issuer.token(email)


def _is_on(value: str | None) -> bool:
    return (value or "").lower() not in ("", "0", "false", "no")
