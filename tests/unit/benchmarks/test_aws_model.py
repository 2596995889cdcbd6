"""The model of cost and concurrency, and the page that shows it."""

import pytest

from benchmarks.aws_model import (
    LOADS,
    STANDING_DOLLARS_A_MONTH,
    Message,
    Prices,
    need_of,
    table,
)
from tests.support.template import ROOT, Template


def test_the_page_shows_what_the_model_says() -> None:
    page = (ROOT / "docs" / "operations" / "scaling.md").read_text()
    assert table([need_of(rate, Message(), Prices()) for rate in LOADS]) in page


def test_needs_grow_with_the_load_and_costs_a_message_do_not() -> None:
    one, hundred = (need_of(rate, Message(), Prices()) for rate in (1, 100))
    assert hundred.workers == pytest.approx(100 * one.workers)
    assert hundred.dollars_a_month == pytest.approx(100 * one.dollars_a_month)
    assert hundred.dollars_a_thousand == pytest.approx(one.dollars_a_thousand)


def test_a_longer_turn_needs_more_workers() -> None:
    slow = Message(model_seconds=2.4)
    assert need_of(1, slow, Prices()).workers > 1.8 * need_of(1, Message(), Prices()).workers


def test_functions_have_the_memory_that_is_reckoned_with() -> None:
    template = Template()
    reckoned = {name: one.memory_gb for name, one in Message().invocations.items()}
    deployed = {
        template.package(name): function["MemorySize"]
        for name, function in template.functions().items()
    }
    for name, memory in reckoned.items():
        assert deployed[name] in (round(memory * 1000), round(memory * 1024))


def test_what_stands_idle_is_shared_among_all_messages() -> None:
    # Given a load of a thousand messages a month
    load = need_of(1000 / 2_592_000, Message(), Prices())
    # Then they bear all of it, which is what the README says
    assert load.standing_dollars_a_thousand == pytest.approx(STANDING_DOLLARS_A_MONTH)
    assert f"**{STANDING_DOLLARS_A_MONTH} $** |\n" in (ROOT / "README.md").read_text()
