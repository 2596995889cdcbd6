"""Following logs: each line with its log's name, for as long as somebody reads."""

import subprocess
import sys
from pathlib import Path

FOLLOW = (
    "import sys; from pathlib import Path; from localstack.logs import follow; follow(Path({!r}))"
)


def test_lines_are_followed_until_nobody_reads(tmp_path: Path) -> None:
    # given a log
    log = tmp_path / "frontdesk-local-status.log"
    log.write_text("first\nsecond\n")

    # when somebody reads a line, and goes
    command = [sys.executable, "-c", FOLLOW.format(str(tmp_path))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as following:
        assert following.stdout is not None
        assert following.stderr is not None
        line = following.stdout.readline()
        following.stdout.close()
        with log.open("a") as more:
            more.write("third\n")
        problems = following.stderr.read()

    # then it ends, without a word
    assert line == b"frontdesk-local-status  first\n"
    assert (following.returncode, problems) == (0, b"")
