"""No request, however odd, is answered with what the description does not say.

These run last: what an administrator asks for here erases customers and documents. `make fuzz`
sends a hundred requests to each operation, to a stack of its own.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.fuzzing import FEW_PHASES, credentials, faults, fuzz
from tests.support.stack import Stack

EXAMPLES = 1
"""An operation and caller: a hundred take a quarter of an hour."""


def test_every_caller_gets_what_is_described(stack: Stack, tmp_path: Path) -> None:
    callers = credentials(stack)

    def send(who: str) -> list[str]:
        report = fuzz(
            stack,
            callers[who],
            tmp_path / f"{who}.json",
            examples=EXAMPLES,
            phases=FEW_PHASES,
        )
        assert report["test_cases"]["generated"] >= report["operations"]["total"] > 0
        return faults(report)

    with ThreadPoolExecutor(3) as pool:
        found = dict(zip(callers, pool.map(send, callers), strict=True))

    assert found == {who: [] for who in callers}
