"""What schemathesis is told beside the description; loaded by it, see `tests.support.fuzzing`."""

from typing import Any

import schemathesis

MAX_WAIT = 0.2


@schemathesis.hook
def map_query(context: Any, query: Any) -> Any:
    """Waits as briefly as may be where a good wait was chosen; bad ones stay as they are."""
    wait = query.get("wait") if isinstance(query, dict) else None
    if isinstance(wait, int | float) and not isinstance(wait, bool) and MAX_WAIT < wait <= 20:
        return {**query, "wait": MAX_WAIT}
    return query
