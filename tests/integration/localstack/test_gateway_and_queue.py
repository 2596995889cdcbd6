import json
from collections import defaultdict
from typing import Any

import httpx
import pytest

from localstack import deploy
from tests.integration.localstack.conftest import STACK, Emulator

pytestmark = pytest.mark.integration


def test_a_request_reaches_the_function_as_the_api_gateway_would_hand_it_on(
    api: httpx.Client,
) -> None:
    answer = api.post(
        "/api/some%20thing/?a=1&a=2", headers={"x-correlation-id": "c-1"}, json={"q": "é"}
    )

    event = answer.json()["event"]
    assert event["rawPath"] == "/api/some thing/"
    assert event["rawQueryString"] == "a=1&a=2"
    assert event["headers"]["x-correlation-id"] == "c-1"
    assert json.loads(event["body"]) == {"q": "é"}
    assert event["requestContext"]["http"]["method"] == "POST"
    assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"
    assert event["requestContext"]["authorizer"] == {"lambda": {"principal": '{"kind": "guest"}'}}
    assert answer.headers["x-mine"] == "1"


def test_the_authorizer_is_asked_every_time(api: httpx.Client) -> None:
    assert api.get("/api/x").status_code == 200
    assert api.get("/api/x", headers={"authorization": "bad"}).status_code == 403
    assert api.get("/api/x").status_code == 200


@pytest.mark.parametrize("path", ["/crash", "/exit"])
def test_a_function_that_crashes_gives_nothing_away(api: httpx.Client, path: str) -> None:
    answer = api.get(path)

    assert answer.status_code == 500
    assert answer.json() == {"message": "Internal Server Error"}


def test_functions_do_not_inherit_the_users_environment(api: httpx.Client) -> None:
    environment = api.get("/api/x").json()["environment"]

    assert "SECRET_OF_THE_USER" not in environment
    assert environment["AWS_LAMBDA_FUNCTION_NAME"].startswith("small-ApiFunction")


def test_a_preflight_of_an_allowed_origin_is_answered_as_the_template_says(
    api: httpx.Client,
) -> None:
    answer = api.options(
        "/api/chat",
        headers={"origin": "https://shop.example", "access-control-request-method": "POST"},
    )

    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert answer.headers["access-control-allow-methods"] == "GET,POST"
    assert answer.headers["access-control-allow-headers"] == "authorization"
    assert answer.headers["access-control-max-age"] == "60"


def test_an_answer_tells_an_allowed_origin_what_it_may_read(api: httpx.Client) -> None:
    answer = api.get("/api/x", headers={"origin": "https://shop.example"})

    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert answer.headers["access-control-expose-headers"] == "location,retry-after"


def test_a_page_can_see_that_it_was_refused(api: httpx.Client) -> None:
    answer = api.get("/api/x", headers={"origin": "https://shop.example", "authorization": "bad"})

    assert answer.status_code == 403
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"


def test_another_origin_is_told_nothing(api: httpx.Client) -> None:
    answer = api.get("/api/x", headers={"origin": "https://elsewhere.example"})

    assert "access-control-allow-origin" not in answer.headers


def test_aws_answers_with_the_headers_that_it_has(emulator: Emulator) -> None:
    answer = emulator.aws.dynamodb.list_tables()

    assert sorted(answer["ResponseMetadata"]["HTTPHeaders"]) == [
        "content-length",
        "content-type",
        "date",
        "x-amz-crc32",
        "x-amzn-requestid",
    ]


@pytest.fixture(scope="module")
def twelve(emulator: Emulator) -> list[dict[str, Any]]:
    """Four conversations with three messages each, as their function handled them."""
    for number in range(3):
        for group in "abcd":
            emulator.send(group, number, seconds=0.2)
    return emulator.wait_for_handled(12)


def test_each_groups_messages_are_handled_one_after_another_in_order(
    twelve: list[dict[str, Any]],
) -> None:
    of_group = defaultdict(list)
    for item in twelve:
        of_group[item["group"]].append(item)

    for items in of_group.values():
        assert [item["number"] for item in items] == [0, 1, 2]
        assert items[0]["ended"] <= items[1]["began"]
        assert items[1]["ended"] <= items[2]["began"]


def test_groups_are_handled_side_by_side_up_to_the_mappings_concurrency(
    twelve: list[dict[str, Any]],
) -> None:
    at_once = max(
        sum(other["began"] <= item["began"] < other["ended"] for other in twelve) for item in twelve
    )

    assert 2 <= at_once <= 4


def test_messages_sent_while_others_are_finished_are_not_lost(
    emulator: Emulator, twelve: list[dict[str, Any]], in_threads: Any
) -> None:
    def send(sender: int) -> None:
        for number in range(25):
            emulator.send(f"sender-{sender}-{number % 5}", number)

    in_threads(*(lambda sender=sender: send(sender) for sender in range(4)))

    handled = emulator.wait_for_handled(len(twelve) + 100)
    assert len({(item["group"], item["number"]) for item in handled}) == len(twelve) + 100


def test_deploying_the_same_again_changes_nothing(emulator: Emulator) -> None:
    again = deploy.deploy(emulator.aws, "small", STACK / "template.yaml", {})

    assert again == emulator.outputs
