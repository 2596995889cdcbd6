"""What is deployed: small enough, complete, and nothing else."""

import importlib.util
import struct
from pathlib import Path

import pytest

from scripts import package
from tests.support.built import FUNCTIONS, Built

MAX_UNZIPPED_BYTES = 250 * 1024 * 1024
"""Lambda's limit for a function with its layers."""

ELF_MACHINE_ARM64 = 183


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The functions as they are built for Lambda, as the template has it."""
    return Built(tmp_path_factory.mktemp("arm64"), "arm64")


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_fits_with_its_layer(name: str, deployed: Built) -> None:
    total = size(deployed.function(name)) + size(deployed.layer())

    assert total < MAX_UNZIPPED_BYTES


def test_compiled_code_is_for_the_processor_it_runs_on(deployed: Built) -> None:
    libraries = [*deployed.layer().rglob("*.so"), *deployed.function("agent_worker").rglob("*.so")]

    machines = {struct.unpack_from("<H", path.read_bytes(), 18)[0] for path in libraries}

    assert machines == {ELF_MACHINE_ARM64}


def test_functions_ship_their_own_package_only(built: Built) -> None:
    for name in FUNCTIONS:
        shipped = {path.name for path in built.function(name).iterdir()}
        assert name in shipped
        assert shipped.isdisjoint({*FUNCTIONS, "frontdesk", "tests", "localstack"} - {name})


def test_nothing_is_shipped_twice(built: Built) -> None:
    in_layer = {path.name for path in (built.layer() / "python").glob("*.dist-info")}
    for name in FUNCTIONS:
        assert in_layer.isdisjoint({path.name for path in built.function(name).iterdir()})


def test_compiled_modules_survive_being_zipped(built: Built) -> None:
    source = built.function("db_migrate") / "db_migrate" / "app.py"
    compiled = Path(importlib.util.cache_from_source(str(source)))

    flags = struct.unpack_from("<I", compiled.read_bytes(), 4)[0]

    # Bit 0: by hash, not by time. Bit 1, to check that hash at import, is not set.
    assert flags == 0b01


def test_the_layer_brings_the_migrations(built: Built) -> None:
    frontdesk = built.layer() / "python" / "frontdesk"

    shipped = sorted(path.name for path in frontdesk.rglob("*.sql"))
    written = sorted(path.name for path in (package.ROOT / "layers/common").rglob("*.sql"))

    assert shipped == written
    assert shipped
