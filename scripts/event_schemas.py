"""Writes the schemas of the domain events into docs/events.md, of the code that they come from."""

import json
from pathlib import Path

from frontdesk.domain.events import EVENTS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "events.md"
HEAD = "## Schemas\n\nMade from `frontdesk.domain.events`; a test holds them equal.\n"


def render(page: str) -> str:
    """Returns the page with the schemas as the code has them.

    Args:
        page: The page as it is.
    """
    before = page.partition(HEAD)[0]
    parts = [before + HEAD]
    for event in EVENTS:
        schema = event.model_json_schema(mode="serialization")
        # EventBridge has it beside the detail.
        name = schema["properties"].pop("type")["const"]
        schema["required"].remove("type")
        text = json.dumps(schema, indent=2, ensure_ascii=False)
        parts.append(f"### {name}\n\n```json\n{text}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(render(PAGE.read_text()))
