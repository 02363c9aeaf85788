"""The option that has a client train in its user's own way."""

import pytest

from fedjury.cli.attack_options import AttackOptions
from fedjury.cli.training_options import TrainingOptions
from fedjury.clients.user_trainer import ChosenTrainer
from fedjury.errors import ConfigError
from tests.support.trainers import sgd

NAME = "tests.support.trainers:sgd"


def test_without_it_the_client_does_what_other_options_say() -> None:
    attack = AttackOptions("sign-flip").parse()
    assert TrainingOptions().choose(attack) is attack
    assert TrainingOptions().choose(None) is None


def test_a_trainer_goes_by_module_and_callable() -> None:
    assert TrainingOptions(NAME).choose(None) == ChosenTrainer(NAME, sgd)


def test_an_attack_beside_it_is_refused() -> None:
    with pytest.raises(ConfigError, match="--trainer and --attack exclude each other"):
        TrainingOptions(NAME).choose(AttackOptions("sign-flip").parse())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("sgd", "'sgd' is not of the form module:callable"),
        ("tests.support.trainers:none", "cannot be loaded: AttributeError"),
        ("no.such.module:train", "cannot be loaded: ModuleNotFoundError"),
        ("tests.support.personal:LOCAL", "is not callable"),
    ],
)
def test_what_cannot_be_loaded_is_a_config_error(name: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        TrainingOptions(name).choose(None)
