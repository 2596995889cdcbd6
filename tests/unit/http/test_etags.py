"""A change is refused where somebody else has changed the thing meanwhile."""

import pytest

from frontdesk.domain.errors import PreconditionFailedError
from frontdesk.http.etags import etag, expected_version


@pytest.mark.parametrize(
    ("if_match", "expected"),
    [(None, None), ("*", None), ('"3"', 3), (' "1" , "3"', 3)],
)
def test_present_version_may_be_changed(if_match: str | None, expected: int | None) -> None:
    assert expected_version(if_match, 3) == expected


@pytest.mark.parametrize("if_match", ['"2"', '"33"', "3", 'W/"3"', "", '"1", "2"', '*, "2"'])
def test_another_version_may_not(if_match: str) -> None:
    with pytest.raises(PreconditionFailedError):
        expected_version(if_match, 3)


def test_tag_of_a_version_matches_it() -> None:
    assert expected_version(etag(7), 7) == 7
