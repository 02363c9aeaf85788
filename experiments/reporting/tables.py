"""The tables of docs/study.md, as Markdown."""

from collections.abc import Sequence

from experiments.reporting.runs import StudyRuns, load

PARTITIONS = {
    "iid": "IID",
    "dirichlet:0.5": "Dirichlet 0.5",
    "dirichlet:0.1": "Dirichlet 0.1",
    "dirichlet-equal:0.1": "Dirichlet 0.1, equal sizes",
}
RULE_ORDER = ["fedavg", "paper", "loss", "median", "trimmed-mean", "multi-krum", "selection"]


def markdown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown; all columns but the first to the right."""
    ruler = ["---", *["---:"] * (len(columns) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (columns, ruler, *rows))


def accuracy(runs: StudyRuns) -> str:
    """Mean and standard deviation of the final accuracy."""
    if not runs:
        return "–"
    mean = f"{runs.mean(lambda run: run.accuracy):.1f}"
    if runs.seeds == 1:
        return mean
    return f"{mean} ± {runs.spread(lambda run: run.accuracy):.1f}"


def percentage(value: float | None) -> str:
    """One decimal; a dash where there is nothing."""
    return "–" if value is None else f"{value:.1f}"


def _shares(runs: StudyRuns) -> list[str]:
    return [
        percentage(runs.share("honest_accepted", "honest")),
        percentage(runs.share("poisoned_accepted", "poisoned")),
        percentage(runs.share("harmful_accepted", "poisoned")),
    ]


def no_adversary() -> str:
    """FedAvg and selection where nobody attacks."""
    runs = load("reference")
    rows = []
    for partition, name in PARTITIONS.items():
        here = runs.where(partition=partition, adversaries=0.0)
        averaged, selected = here.where(rule="fedavg"), here.where(rule="selection")
        gap = -selected.gap_below(averaged)
        honest = percentage(selected.share("honest_accepted", "honest"))
        rows.append([name, accuracy(averaged), accuracy(selected), f"{gap:+.2f}", honest])
    return markdown(
        ["shards", "FedAvg, %", "selection, %", "difference", "honest accepted, %"], rows
    )


def attacks(partition: str) -> str:
    """Every attack on selection on such shards, half of the clients adversaries, seed 1."""
    runs = load("attacks").where(adversaries=0.5, partition=partition)
    alone = load("reference").where(
        excluded=True, adversaries=0.5, rule="selection", partition=partition
    )
    rows = []
    for attack in runs.values("attack"):
        here = runs.where(attack=attack)
        gap = f"{here.gap_below(alone):+.1f}"
        rows.append([f"`{attack}`", accuracy(here), gap, *_shares(here)])
    return markdown(
        ["attack", "accuracy, %", "gap", "honest acc., %", "poison acc., %", "harmful acc., %"],
        rows,
    )


def _beside_honest(chosen: StudyRuns, alone: StudyRuns) -> list[str]:
    """How many seeds, accuracy, that of honest-only with the same seeds, and the gap."""
    known = {run.seed for run in chosen}
    same = StudyRuns(run for run in alone if run.seed in known)
    gap = f"{chosen.gap_below(same):+.2f}"
    return [str(chosen.seeds), accuracy(chosen), accuracy(same), gap]


def worst_cases() -> str:
    """The attacks that did most, over all seeds."""
    runs = load("worst", "attacks").where(rule="selection")
    reference = load("reference").where(excluded=True, rule="selection")
    rows = []
    for share in (0.3, 0.5):
        for partition, name in PARTITIONS.items():
            here = runs.where(adversaries=share, partition=partition)
            alone = reference.where(excluded=True, adversaries=share, partition=partition)
            for attack in here.values("attack"):
                chosen = here.where(attack=attack)
                if chosen.seeds > 1:
                    what = f"{share:.0%}, {name}, `{attack}`"
                    rows.append([what, *_beside_honest(chosen, alone), *_shares(chosen)])
    return markdown(
        [
            "adversaries, shards, attack",
            "seeds",
            "accuracy, %",
            "honest-only, %",
            "gap",
            "honest acc., %",
            "poison acc., %",
            "harmful acc., %",
        ],
        rows,
    )


def majority() -> str:
    """Nine of ten clients poison."""
    runs = load("majority").where(excluded=None)
    attacked, alone = runs.where(), runs.where(excluded=True)
    gap = attacked.gap_below(alone)
    rows = [["IID", accuracy(attacked), accuracy(alone), f"{gap:+.2f}", *_shares(attacked)]]
    return markdown(
        ["shards", "accuracy, %", "honest-only, %", "gap", "honest acc.", "poison acc.", "harmful"],
        rows,
    )


def rules() -> str:
    """Every rule against some attacks on IID shards, seed 1."""
    runs = load("rules").where(partition="iid")
    names = runs.where(adversaries=0.3).values("attack")
    rows = []
    for rule in sorted(runs.values("rule"), key=RULE_ORDER.index):
        here = runs.where(rule=rule)
        found = [here.where(adversaries=0.3, attack=attack) for attack in names]
        worst = min(each.mean(lambda run: run.accuracy) for each in found)
        poisoned = StudyRuns(run for each in found for run in each)
        cells = [accuracy(each) for each in (here.where(adversaries=0.0), *found)]
        rows.append([f"`{rule}`", *cells, f"**{worst:.1f}**", *_shares(poisoned)])
    return markdown(
        [
            "rule",
            "no adversary",
            *[f"`{name}`" for name in names],
            "worst",
            "honest acc.",
            "poison acc.",
            "harmful acc.",
        ],
        rows,
    )


def rules_skewed() -> str:
    """Rules on skewed shards where nobody attacks, seed 1."""
    runs = load("rules").where(partition="dirichlet:0.1")
    rows = [
        [f"`{rule}`", accuracy(here), percentage(here.share("honest_accepted", "honest"))]
        for rule in sorted(runs.values("rule"), key=RULE_ORDER.index)
        if (here := runs.where(rule=rule))
    ]
    return markdown(["rule", "accuracy, %", "honest accepted, %"], rows)


def backdoor() -> str:
    """A backdoor against every rule."""
    runs = load("backdoor").where(adversaries=0.2)
    rows = []
    for attack in runs.values("attack"):
        here = runs.where(attack=attack)
        for rule in here.values("rule"):
            chosen = here.where(rule=rule)
            rows.append(
                [
                    f"`{rule}`",
                    f"`{attack}`",
                    str(chosen.seeds),
                    accuracy(chosen),
                    f"{chosen.mean(lambda run: run.backdoor):.1f}",
                    *_shares(chosen)[:2],
                ]
            )
    return markdown(
        ["rule", "attack", "seeds", "accuracy, %", "success, %", "honest acc.", "poison acc."], rows
    )


def cap() -> str:
    """What the cap costs where nobody attacks."""
    capped = load("backdoor").where(adversaries=0.0)
    plain = load("reference").where(adversaries=0.0, rule="selection")
    rows = []
    for partition, name in PARTITIONS.items():
        with_it = capped.where(partition=partition)
        if not with_it:
            continue
        known = {run.seed for run in with_it}
        without = StudyRuns(run for run in plain.where(partition=partition) if run.seed in known)
        gap = with_it.gap_below(without)
        rows.append([name, str(len(known)), accuracy(without), accuracy(with_it), f"{gap:+.2f}"])
    return markdown(["shards", "seeds", "selection", "with `cap = 2`", "cost"], rows)


def figures() -> str:
    """Final accuracy with and without verification, by the share of adversaries."""
    runs = load("figures")
    rows = []
    for share in sorted({run.adversaries for run in runs}):
        here = runs.where(adversaries=share)
        verified = here.where(rule="paper")
        rows.append(
            [
                f"{share:.0%}",
                accuracy(here.where(rule="fedavg")),
                accuracy(verified),
                percentage(verified.share("honest_accepted", "honest")),
                percentage(verified.share("poisoned_accepted", "poisoned")),
            ]
        )
    return markdown(
        [
            "adversaries",
            "without verification, %",
            "with verification, %",
            "honest acc., %",
            "poison acc., %",
        ],
        rows,
    )
