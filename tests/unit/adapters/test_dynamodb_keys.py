"""What callers send is a key of the table only where it can be one of ours."""

import pytest

from frontdesk.adapters.dynamodb_table import may_exist


@pytest.mark.parametrize(
    ("identifier", "may"),
    [
        ("conv_44fc26bd98de4419b659a4f3a9d6673e", True),
        ("x" * 200, True),
        ("x" * 201, False),
        ("", False),
        ("conv_1\n", False),
        ("conv\u202e", False),
        ("cönv_1", False),
    ],
)
def test_an_identifier_is_short_and_readable(identifier: str, *, may: bool) -> None:
    assert may_exist(identifier) is may
