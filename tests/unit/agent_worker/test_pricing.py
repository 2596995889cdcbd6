"""What calls cost."""

from decimal import Decimal

import pytest

from frontdesk.config import SettingsError
from frontdesk.pricing import PRICES, cost_usd, price_of, read_prices


@pytest.mark.parametrize(
    ("model", "known"),
    [
        ("gpt-4.1-mini", "gpt-4.1-mini"),
        ("gpt-4.1-mini-2025-04-14", "gpt-4.1-mini"),
        ("gpt-4.1-2025-04-14", "gpt-4.1"),
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
    ],
)
def test_a_dated_model_costs_what_its_model_costs(model: str, known: str) -> None:
    assert price_of(model, PRICES) == PRICES[known]


def test_an_unknown_model_costs_nothing() -> None:
    price = price_of("frontdesk-offline", PRICES)

    assert price is None
    assert cost_usd(price, input_tokens=1000, output_tokens=1000) == Decimal("0.000000")


def test_tokens_are_priced_by_the_million() -> None:
    cost = cost_usd(PRICES["gpt-4.1-mini"], input_tokens=1_000, output_tokens=500)

    assert str(cost) == "0.001200"


def test_a_deployments_own_prices_win() -> None:
    prices = read_prices('{"gpt-4o": [1, 2.5], "own": ["0.5", "1"]}')

    assert prices["gpt-4o"].output_usd_per_million == Decimal("2.5")
    assert prices["own"].input_usd_per_million == Decimal("0.5")
    assert prices["gpt-4.1"] == PRICES["gpt-4.1"]
    assert read_prices("") == PRICES


@pytest.mark.parametrize("text", ["[]", "{", '{"a": 1}', '{"a": ["x", 1]}'])
def test_prices_that_cannot_be_read_are_said(text: str) -> None:
    with pytest.raises(SettingsError, match="MODEL_PRICES"):
        read_prices(text)
