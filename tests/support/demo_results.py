"""Results of demos, made by hand."""

from fedjury.simulation.demo.comparison import ComparedRound
from fedjury.simulation.demo.results import ClientResult, DemoResult, RoundResult

HONEST, POISONERS = (0, 1, 2), (3,)


def round_result(
    number: int,
    accepted: set[int],
    compared: set[int],
    accuracies: tuple[float, float, float] = (0.9, 0.95, 0.3),
) -> RoundResult:
    """A round of three honest clients and a poisoner.

    Args:
        number: of the round.
        accepted: by the jury.
        compared: what the other rule would have accepted.
        accuracies: of the jury's model, the other rule's, and plain averaging's.
    """
    clients = [
        ClientResult(
            client=index,
            address=f"0x{index}",
            poisoned=index in POISONERS,
            verdict="accepted" if index in accepted else "not-improved",
            accepted=index in accepted,
            correct=100,
        )
        for index in (*HONEST, *POISONERS)
    ]
    jury, other, plain = accuracies
    comparison = ComparedRound(other, sorted(compared))
    return RoundResult(number, 100, 110, jury, plain, comparison, clients, "Qm", [0])


def demo_result(*rounds: RoundResult, rule: str = "paper", other: str = "selection") -> DemoResult:
    """A demo of these rounds."""
    return DemoResult(
        settings={
            "data": "digits",
            "poisoners": "1",
            "clients": "4",
            "attack": "static-label",
            "lam": "0.5",
        },
        verification_samples=359,
        held_out_samples=360,
        genesis_accuracy=0.1,
        rule=rule,
        compared_rule=other,
        compared_lambda=0.0,
        rounds=list(rounds),
        audit={},
        gas={},
        seconds=1.0,
    )
