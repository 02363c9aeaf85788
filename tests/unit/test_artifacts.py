import pytest

from fedjury.artifacts import load_artifact
from fedjury.errors import ConfigError


@pytest.mark.parametrize("name", ["FederatedTask", "TaskFactory"])
def test_the_package_ships_its_contracts(name: str) -> None:
    artifact = load_artifact(name)
    assert artifact.name == name
    assert artifact.bytecode
    assert load_artifact(name) is artifact


def test_a_contract_that_is_not_shipped() -> None:
    with pytest.raises(ConfigError, match="install fedjury anew"):
        load_artifact("Nothing")
