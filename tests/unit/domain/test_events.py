"""What the documentation says of events is what the code says."""

from frontdesk.domain.events import EVENTS
from scripts.event_schemas import PAGE, render


def test_documented_schemas_are_the_codes() -> None:
    page = PAGE.read_text()

    assert page == render(page), "run `python scripts/event_schemas.py`"


def test_every_event_is_in_the_table() -> None:
    table = PAGE.read_text().partition("## What is promised")[0]

    for event in EVENTS:
        name = event.model_json_schema()["properties"]["type"]["const"]
        assert f"| `{name}` |" in table
