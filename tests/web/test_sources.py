"""The pages' sources: their types, their unit tests, what they are installed from."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"


def test_types_and_units_are_right() -> None:
    if shutil.which("npm") is None:
        pytest.skip("Node is not there")
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "web.py", "check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    if "left out" in done.stderr:
        pytest.skip(done.stderr.strip())


def test_the_lock_file_names_contents_and_no_registry() -> None:
    packages = json.loads((WEB / "package-lock.json").read_text())["packages"]

    assert not [name for name, package in packages.items() if "resolved" in package]
    assert all(name == "" or "integrity" in package for name, package in packages.items())


def test_every_version_is_pinned() -> None:
    package = json.loads((WEB / "package.json").read_text())

    versions = package["dependencies"] | package["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions.values())


def test_pages_hold_nothing_that_their_policy_refuses() -> None:
    for page in (WEB / "index.html", WEB / "console" / "index.html"):
        text = page.read_text()
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text), page
        assert "http://" not in text, page
        assert "https://" not in text, page
