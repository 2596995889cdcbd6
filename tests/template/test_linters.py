"""The linters that know CloudFormation agree."""

import os
import subprocess
import sys

from tests.support.template import ROOT


def run(*command: str) -> None:
    environment = os.environ | {"SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "us-east-1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_sam_and_cfn_lint_find_nothing() -> None:
    # With --lint it runs all of cfn-lint.
    run(sys.executable, "-m", "samcli", "validate", "--lint")
