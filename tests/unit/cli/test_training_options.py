"""The options that say on what a client trains, and how."""

from pathlib import Path

import own_trainer
import pytest

from fedjury.cli.attack_options import AttackOptions
from fedjury.cli.commands import client
from fedjury.cli.training_options import TrainingOptions
from fedjury.clients.user_trainer import ChosenTrainer
from fedjury.errors import ConfigError, DataError
from fedjury.protocol.task_spec import LabelsSpec
from fedjury.store import DirectoryStore
from tests.support.trainers import sgd

NAME, TINY = "tests.support.trainers:sgd", "tests.support.plugins:tiny_dataset"


def test_without_it_the_client_does_what_other_options_say() -> None:
    attack = AttackOptions("sign-flip").parse()
    assert TrainingOptions().choose(attack) is attack
    assert TrainingOptions().choose(None) is None


def test_a_trainer_goes_by_module_and_callable() -> None:
    assert TrainingOptions(trainer=NAME).choose(None) == ChosenTrainer(NAME, sgd)


def test_the_trainer_of_the_help_is_that_of_the_example() -> None:
    example = client.EXAMPLE.split()
    assert f"examples/{Path(own_trainer.__file__).parent.name}:" in example
    name = example[example.index("--trainer") + 1]
    assert TrainingOptions(trainer=name).choose(None) == ChosenTrainer(name, own_trainer.train)


def test_an_attack_beside_it_is_refused() -> None:
    with pytest.raises(ConfigError, match="--trainer and --attack exclude each other"):
        TrainingOptions(trainer=NAME).choose(AttackOptions("sign-flip").parse())


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
        TrainingOptions(trainer=name).choose(None)


def test_the_seed_is_the_shards_number_unless_it_is_said(tmp_path: Path) -> None:
    labels = LabelsSpec(classes=3)
    found = []
    for options in (
        TrainingOptions(data=TINY, shard="2/3"),
        TrainingOptions(data=TINY, shard="2/3", seed=0),
    ):
        data, seed = options.load(None, "0x", labels, DirectoryStore(tmp_path))
        assert len(data.samples) == 1
        found.append(seed)
    assert found == [2, 0]


def test_labels_are_held_against_the_tasks(tmp_path: Path) -> None:
    options = TrainingOptions(data=TINY, shard="1/1")
    with pytest.raises(DataError, match="label 2"):
        options.load(None, "0x", LabelsSpec(classes=2), DirectoryStore(tmp_path))
