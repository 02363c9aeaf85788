"""What a demo is asked to do."""

from dataclasses import dataclass
from pathlib import Path

from fedjury.clients.attacks.registry import find_attack
from fedjury.data.scheme import parse_scheme
from fedjury.errors import ConfigError
from fedjury.oracle.rules.registry import suited_lambda
from fedjury.simulation.live.environment import Environment, shown
from fedjury.simulation.scenario import Scenario


@dataclass(frozen=True)
class DemoOptions:
    """A scenario to show, and where.

    Attributes:
        scenario: the federation.
        environment: chain and store.
        directory: for the run's files.
        data_dir: of the dataset's files.
        lambda_given: whether somebody chose λ, rather than that it suits the rule.
    """

    scenario: Scenario
    environment: Environment
    directory: Path
    data_dir: Path | None
    lambda_given: bool = True

    def to_json(self) -> dict[str, str]:
        """The settings in words, those that were not given left out; holds nothing secret."""
        scenario, environment = self.scenario, self.environment
        given: dict[str, object] = {
            "chain": shown(environment.chain),
            "store": shown(environment.store),
            "directory": self.directory,
            "keystore": environment.keystore,
            "password_file": environment.password_file,
            "data": scenario.data,
            "data_dir": self.data_dir,
            "clients": scenario.clients,
            "poisoners": scenario.controlled,
            "attack": scenario.attack.name,
            "rounds": scenario.rounds,
            "lam": scenario.lam,
            "seed": scenario.seed,
            "split_seed": scenario.split_seed,
            "rule": scenario.rule.name,
            "partition": scenario.partition,
            "relay": True if scenario.relay else None,
            "jurors": scenario.jurors,
        }
        return {key: str(value) for key, value in given.items() if value is not None}


def demo_scenario(
    *,
    data: str,
    clients: int,
    poisoners: int,
    attack: str,
    rule: str,
    partition: str,
    rounds: int,
    lam: float | None,
    seed: int,
    split_seed: int,
    relay: bool = False,
    jurors: int = 1,
) -> Scenario:
    """The scenario of so many poisoners, changing from round to round.

    Args:
        lam: λ; None takes the one that suits the rule.
        relay: whether all clients go through a relay.
        jurors: how many judge.

    Raises:
        ConfigError: more poisoners than clients, no such attack, or λ out of range.
        DataError: no such partition.
    """
    if poisoners > clients:
        raise ConfigError(f"{poisoners} of {clients} clients cannot poison")
    find_attack(attack)
    lam = suited_lambda(rule) if lam is None else lam
    if not 0 <= lam < 1:
        raise ConfigError(f"λ must be at least 0 and less than 1, not {lam}")
    parse_scheme(partition)
    return Scenario.model_validate(
        {
            "data": data,
            "split_seed": split_seed,
            "partition": partition,
            "clients": clients,
            "rounds": rounds,
            "lambda": lam,
            "rule": rule,
            "attack": attack,
            "adversaries": poisoners / clients,
            "relay": relay,
            "jurors": jurors,
            "seed": seed,
        }
    )
