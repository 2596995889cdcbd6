"""``python -m operations keys``: what is asked of housekeeping, and what people see."""

import hashlib
from collections.abc import Mapping
from typing import Any

import pytest

from operations.keys import keys
from operations.target import OperationsError

SHOP = {
    "name": "shop",
    "hash": "0123abcd",
    "created_at": "2026-05-04T12:30:15+00:00",
    "expires_at": None,
}


class Housekeeping:
    def __init__(self, *valid: dict[str, str | None]) -> None:
        self.valid = list(valid)
        self.asked: list[Mapping[str, Any]] = []

    def ask(self, event: Mapping[str, Any]) -> Any:
        self.asked.append(event)
        return self.valid


@pytest.mark.parametrize("do", ["create", "rotate"])
def test_a_new_key_is_printed_alone_and_never_sent(
    do: str, capsys: pytest.CaptureFixture[str]
) -> None:
    target = Housekeeping(SHOP)

    key = keys(target, [do, "shop"], {"HOURS": "2"})

    (event,) = target.asked
    assert key.startswith("fdk_")
    assert len(key) == 68
    assert event == {
        "action": "keys",
        "do": do,
        "name": "shop",
        "key_hash": hashlib.sha256(key.encode()).hexdigest(),
        "overlap_hours": "2",
    }
    assert "0123abcd" in capsys.readouterr().err
    assert key != keys(target, [do, "shop"], {})


def test_valid_keys_are_listed() -> None:
    listed = keys(Housekeeping(SHOP), ["list"], {})

    assert listed.splitlines()[1].split() == ["shop", "0123abcd", SHOP["created_at"], "never"]
    assert keys(Housekeeping(), ["revoke", "shop"], {}) == "there are no keys"


@pytest.mark.parametrize("wrong", [[], ["create"], ["list", "shop"], ["steal", "shop"]])
def test_what_makes_no_sense_is_answered_with_the_usage(wrong: list[str]) -> None:
    target = Housekeeping()

    with pytest.raises(OperationsError, match="usage"):
        keys(target, wrong, {})
    assert target.asked == []
