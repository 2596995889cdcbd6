from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from localstack.processes import wait_until
from tests.integration.localstack.conftest import Emulator

pytestmark = pytest.mark.integration


@pytest.fixture
def own_emulator(tmp_path: Path) -> Iterator[Emulator]:
    """An emulator of this test's own, which it may kill."""
    made = Emulator(tmp_path, save_seconds=0.5)
    try:
        made.start()
        made.deploy()
        yield made
    finally:
        made.stop()


def put(emulator: Emulator, name: str) -> None:
    emulator.aws.dynamodb.put_item(
        TableName=emulator.outputs["TableName"], Item={"pk": {"S": name}}
    )


def names(emulator: Emulator) -> set[str]:
    items = emulator.aws.dynamodb.scan(TableName=emulator.outputs["TableName"])["Items"]
    return {item["pk"]["S"] for item in items}


def test_what_was_saved_survives_a_kill_and_nothing_has_to_be_deployed_again(
    own_emulator: Emulator,
) -> None:
    put(own_emulator, "kept")
    own_emulator.control.save()

    own_emulator.kill()
    own_emulator.start()

    assert names(own_emulator) == {"kept"}
    assert httpx.get(f"{own_emulator.url}/api/x", timeout=30).status_code == 200
    own_emulator.send("group", 1)
    assert (
        own_emulator.aws.sqs.get_queue_attributes(
            QueueUrl=own_emulator.outputs["QueueUrl"], AttributeNames=["All"]
        )["Attributes"]["FifoQueue"]
        == "true"
    )


def test_state_is_saved_without_being_asked(own_emulator: Emulator) -> None:
    put(own_emulator, "kept")
    saved = own_emulator.data_dir / "emulator" / "state" / "dynamodb.json"

    wait_until(lambda: saved.exists() and "kept" in saved.read_text(), 30.0, "the state")

    own_emulator.kill()
    own_emulator.start()
    assert names(own_emulator) == {"kept"}


def test_without_its_supervisor_it_saves_and_ends(own_emulator: Emulator) -> None:
    put(own_emulator, "kept")

    assert own_emulator.close_input() == 0

    own_emulator.start()
    assert names(own_emulator) == {"kept"}
