"""What a call of a model costs, by the providers' price lists."""

import json
from collections.abc import Mapping
from decimal import Decimal

from frontdesk.config import SettingsError
from frontdesk.domain.model import ModelPrice

_MILLION = Decimal(1_000_000)
_MICRO_DOLLAR = Decimal("0.000001")


def _price(input_usd: str, output_usd: str = "0") -> ModelPrice:
    return ModelPrice(
        input_usd_per_million=Decimal(input_usd), output_usd_per_million=Decimal(output_usd)
    )


PRICES: Mapping[str, ModelPrice] = {
    "gpt-4.1": _price("2.00", "8.00"),
    "gpt-4.1-mini": _price("0.40", "1.60"),
    "gpt-4.1-nano": _price("0.10", "0.40"),
    "gpt-4o": _price("2.50", "10.00"),
    "gpt-4o-mini": _price("0.15", "0.60"),
    "text-embedding-3-small": _price("0.02"),
    "text-embedding-3-large": _price("0.13"),
    "text-embedding-ada-002": _price("0.10"),
}
"""US dollars a million tokens, of OpenAI's price list in 2025; settings override and extend it."""


def read_prices(overrides: str) -> dict[str, ModelPrice]:
    """Returns the price list with a deployment's own prices over it.

    Args:
        overrides: A JSON object ``{"model": [input, output], …}`` in US dollars a million
            tokens; '' for none.

    Returns:
        Prices by model name.

    Raises:
        SettingsError: The overrides cannot be read.
    """
    if not overrides:
        return dict(PRICES)
    try:
        own = {
            name: _price(str(pair[0]), str(pair[1])) for name, pair in json.loads(overrides).items()
        }
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError) as error:
        raise SettingsError(f"MODEL_PRICES cannot be read: {overrides!r}") from error
    return {**PRICES, **own}


def price_of(model: str, prices: Mapping[str, ModelPrice]) -> ModelPrice | None:
    """Finds a model's price; a dated version costs what its model costs.

    Args:
        model: The model's name, as the provider gave it.
        prices: Prices by model name.

    Returns:
        The price, or None where it is not known.
    """
    if model in prices:
        return prices[model]
    # gpt-4.1-mini-2025-04-14 begins with gpt-4.1 too: the longest name is the right one.
    names = [name for name in prices if model.startswith(f"{name}-")]
    return prices[max(names, key=len)] if names else None


def cost_usd(price: ModelPrice | None, *, input_tokens: int, output_tokens: int) -> Decimal:
    """Returns what tokens cost.

    Args:
        price: The model's price; None costs nothing.
        input_tokens: Tokens of the prompt.
        output_tokens: Tokens of the answer.

    Returns:
        US dollars, to the millionth.
    """
    if price is None:
        return Decimal("0.000000")
    total = (
        price.input_usd_per_million * input_tokens + price.output_usd_per_million * output_tokens
    )
    return (total / _MILLION).quantize(_MICRO_DOLLAR)
