"""What the study set out to reach with the project's rule, and what it reached."""

from collections.abc import Iterator

from experiments.reporting.runs import StudyRuns, load
from experiments.reporting.tables import PARTITIONS, markdown

Row = tuple[str, str, str, bool]
"""What, measured, target, met."""

# Points below the honest-only reference, or the least accuracy in %, by share of adversaries.
_BELOW = {
    0.3: {"iid": 0.3, "dirichlet:0.5": 1.0},
    0.5: {"iid": 0.5, "dirichlet:0.5": 1.5},
}
_LEAST = {0.3: 92.0, 0.5: 90.0}
_ABOVE_FEDAVG = {
    "iid": -0.1,
    "dirichlet:0.5": 0.0,
    "dirichlet-equal:0.1": 8.0,
    "dirichlet:0.1": 8.0,
}
_ATTACKED = ("iid", "dirichlet:0.5", "dirichlet:0.1")
_SEEDS = 5


def targets() -> str:
    """Every target, what was measured, and whether it is met."""
    found = [*_alone(), *_attacked(), *_majority(), *_verdicts(), *_backdoor()]
    rows = [[what, measured, aim, "yes" if met else "**no**"] for what, measured, aim, met in found]
    return markdown(["what", "measured", "target", "met"], rows)


def _alone() -> Iterator[Row]:
    runs = load("reference").where(adversaries=0.0)
    for partition, aim in _ABOVE_FEDAVG.items():
        here = runs.where(partition=partition)
        gain = -here.where(rule="selection").gap_below(here.where(rule="fedavg"))
        yield (
            f"0%, {PARTITIONS[partition]}",
            f"FedAvg {gain:+.2f}",
            f"at least FedAvg {aim:+.1f}",
            gain >= aim,
        )


def several_seeds() -> StudyRuns:
    """The runs under attack, of those attacks alone that were run with several seeds."""
    runs = load("worst", "attacks").where(rule="selection")
    return StudyRuns(
        run
        for run in runs
        if runs.where(
            attack=run.setting("attack"),
            partition=run.setting("partition"),
            adversaries=run.adversaries,
        ).seeds
        >= _SEEDS
    )


def _attacked() -> Iterator[Row]:
    runs = several_seeds()
    reference = load("reference").where(excluded=True, rule="selection")
    for share, limits in _BELOW.items():
        for partition in _ATTACKED:
            name, here = PARTITIONS[partition], runs.where(adversaries=share, partition=partition)
            attack, accuracy = _worst(here)
            what = f"{share:.0%}, {name}, worst attack: `{attack}`"
            if partition in limits:
                alone = reference.where(excluded=True, adversaries=share, partition=partition)
                gap = here.where(attack=attack).gap_below(alone)
                aim = f"at most {limits[partition]:.1f} below honest-only"
                yield what, f"{gap:.2f} below", aim, gap <= limits[partition]
            else:
                aim = f"at least {_LEAST[share]:.0f}%"
                yield what, f"{accuracy:.1f}%", aim, accuracy >= _LEAST[share]


def _worst(runs: StudyRuns) -> tuple[str, float]:
    means = {
        attack: runs.where(attack=attack).mean(lambda run: run.accuracy)
        for attack in runs.values("attack")
    }
    worst = min(means, key=lambda attack: means[attack])
    return worst, means[worst]


def _majority() -> Iterator[Row]:
    runs = load("majority").where(excluded=None, partition="iid")
    gap = runs.where().gap_below(runs.where(excluded=True))
    yield "90% static label, IID", f"{gap:.2f} below", "at most 1.0 below honest-only", gap <= 1


def _verdicts() -> Iterator[Row]:
    alone = load("reference").where(adversaries=0.0, rule="selection", partition="iid")
    attacked = several_seeds()
    for what, runs in (("no adversary", alone), ("attacked", attacked.where(partition="iid"))):
        share = runs.share("honest_accepted", "honest") or 0.0
        yield f"honest accepted, IID, {what}", f"{share:.1f}%", "at least 97%", share >= 97
    every = load("worst", "attacks").where(rule="selection")
    for partition, most in (("iid", 1.0), ("dirichlet:0.1", 5.0)):
        here = every.where(partition=partition)
        found = {attack: _harm(here.where(attack=attack)) for attack in here.values("attack")}
        worst = max(found, key=lambda attack: found[attack])
        what = f"harmful poison accepted, {PARTITIONS[partition]}"
        for over, harm in (("all attacks run", _harm(here)), (f"`{worst}`", found[worst])):
            yield f"{what}, {over}", f"{harm:.1f}%", f"at most {most:.0f}%", harm <= most


def _harm(runs: StudyRuns) -> float:
    return runs.share("harmful_accepted", "poisoned") or 0.0


def _backdoor() -> Iterator[Row]:
    runs = load("backdoor").where(partition="iid")
    capped = runs.where(rule="selection(cap=2)")
    success = capped.where(adversaries=0.2, attack="backdoor").mean(lambda run: run.backdoor)
    yield "backdoor, 20%, IID, `cap = 2`", f"{success:.1f}%", "below 10%", success < 10
    plain = load("reference").where(adversaries=0.0, rule="selection", partition="iid")
    clean = capped.where(adversaries=0.0)
    known = {run.seed for run in clean}
    cost = clean.gap_below(StudyRuns(run for run in plain if run.seed in known))
    yield "what the cap costs, IID", f"{cost:+.2f} points", "at most 1 point", cost <= 1
