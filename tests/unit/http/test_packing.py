"""Large answers are compressed for whom can read that, and never cut off."""

import base64
import gzip
import json
import random

import pytest

from frontdesk.http.gateway import Response, answer
from frontdesk.http.packing import MOST_BYTES, PACKED_FROM_BYTES
from frontdesk.observability import get_logger
from tests.support.http_events import FakeContext, http_event

LARGE = json.dumps({"said": ["Grüße an alle"] * 500_000}, ensure_ascii=False)
NOISE = base64.b85encode(random.Random(7).randbytes(2 * MOST_BYTES)).decode()


def _answer(body: str, accepted: str = "") -> dict[str, object]:
    headers = {"accept-encoding": accepted} if accepted else {}
    event = http_event("GET", "/api/x", headers=headers)
    return answer(event, FakeContext(), get_logger(), lambda _: Response(200, body))


@pytest.mark.parametrize("accepted", ["gzip", "br, GZIP;q=0.5", "deflate, *"])
def test_large_answer_is_compressed(accepted: str) -> None:
    sent = _answer(LARGE, accepted)
    assert (sent["statusCode"], sent["isBase64Encoded"]) == (200, True)
    headers = sent["headers"]
    assert isinstance(headers, dict)
    assert (headers["content-encoding"], headers["vary"]) == ("gzip", "accept-encoding")
    assert headers["content-type"] == "application/json"
    assert len(str(sent["body"])) < MOST_BYTES
    assert gzip.decompress(base64.b64decode(str(sent["body"]))).decode() == LARGE


def test_small_answer_is_sent_as_it_is() -> None:
    sent = _answer("{}", "gzip")
    assert (sent["body"], sent["isBase64Encoded"]) == ("{}", False)


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "br, gzip; q=0.0"])
def test_who_takes_no_gzip_gets_it_plain_as_long_as_it_fits(accepted: str) -> None:
    body = json.dumps("x" * PACKED_FROM_BYTES)
    assert _answer(body, accepted)["body"] == body
    refused = _answer(LARGE, accepted)
    assert refused["statusCode"] == 406
    assert "gzip" in json.loads(str(refused["body"]))["detail"]


def test_what_cannot_be_sent_at_all_is_said() -> None:
    refused = _answer(NOISE, "gzip")
    assert refused["statusCode"] == 500
    assert json.loads(str(refused["body"]))["type"].endswith("answer-too-large")
