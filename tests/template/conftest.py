import pytest

from tests.support.template import Template


@pytest.fixture(scope="session")
def template() -> Template:
    return Template()
