"""Builds and deploys to AWS: ``python scripts/deploy.py staging Name=value …``.

Run by ``make deploy``. SAM takes parameters apart once more after the shell has: of a value with a
space it keeps the first word, an empty one it does not understand, and a name that the template
does not have it passes over. So that what is typed is what is deployed, they are looked at first
and then put into quotes of their own.
"""

import re
import subprocess
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parent.parent
SAM = ROOT / ".venv" / "bin" / "sam"
_PARAMETER = re.compile(r"([A-Za-z0-9]+)=(.*)", re.DOTALL)


class ParameterError(Exception):
    """A parameter cannot be deployed; the text is for the user."""


def declared_parameters() -> frozenset[str]:
    """Lists the names of the template's parameters."""
    return frozenset(yaml_parse((ROOT / "template.yaml").read_text())["Parameters"])


def overrides(parameters: Sequence[str], declared: Collection[str]) -> list[str]:
    """Writes parameters so that SAM reads what was meant.

    Args:
        parameters: Each as ``Name=value``, without any quotes of the shell's.
        declared: The names that there are.

    Returns:
        The same, with each value in quotes.

    Raises:
        ParameterError: There is no such parameter, or SAM cannot be given its value.
    """
    written = []
    for parameter in parameters:
        match = _PARAMETER.fullmatch(parameter)
        if match is None:
            raise ParameterError(
                f"{parameter!r} is not Name=value; a value with spaces needs quotes, as in "
                "PARAMETERS='CompanyName=\"Acme Inc\"'"
            )
        name, value = match.groups()
        if name not in declared:
            raise ParameterError(f"the template has no parameter {name!r}")
        if "\\" in value:
            # SAM leaves some out, by what follows. The value is not shown: it may be secret.
            raise ParameterError(f"the value of {name} has a backslash, which SAM does not pass on")
        quoted = value.replace('"', '\\"')
        written.append(f'{name}="{quoted}"')
    return written


def main() -> None:
    """Builds and deploys; ends as SAM does."""
    environment, *parameters = sys.argv[1:]
    try:
        written = overrides(parameters, declared_parameters())
    except ParameterError as error:
        sys.exit(f"frontdesk: {error}")
    deploy = ["deploy", "--config-env", environment, "--parameter-overrides", *written]
    for command in (["build"], deploy):
        done = subprocess.run([SAM, *command], cwd=ROOT, check=False)
        if done.returncode:
            sys.exit(done.returncode)


if __name__ == "__main__":
    main()
