"""The linters that know CloudFormation agree, and the deployed form holds no YAML alias."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.template import ROOT


def run(*command: str) -> None:
    environment = os.environ | {"SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "us-east-1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_cfn_lint_finds_nothing() -> None:
    run(str(Path(sys.executable).with_name("cfn-lint")), "template.yaml")


def test_sam_validate_finds_nothing() -> None:
    run(sys.executable, "-m", "samcli", "validate", "--lint")
