from pathlib import Path

import pytest

from localstack import build


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    (tmp_path / "functions" / "greeter").mkdir(parents=True)
    (tmp_path / "functions" / "greeter" / "app.py").write_text("code")
    (tmp_path / "template.yaml").write_text("template")
    return tmp_path


def test_the_same_sources_are_the_same_build(sources: Path) -> None:
    before = build.digest_of_sources(sources)
    compiled = sources / "functions" / "greeter" / "__pycache__"
    compiled.mkdir()
    (compiled / "app.pyc").write_text("compiled")
    (sources / "README.md").write_text("not built")

    assert build.digest_of_sources(sources) == before


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("functions/greeter/app.py", "other code"),
        ("functions/greeter/new.py", ""),
        ("template.yaml", "other template"),
        ("requirements/layer.txt", "boto3"),
    ],
)
def test_other_sources_are_another_build(sources: Path, file: str, text: str) -> None:
    before = build.digest_of_sources(sources)

    (sources / file).parent.mkdir(exist_ok=True)
    (sources / file).write_text(text)

    assert build.digest_of_sources(sources) != before
