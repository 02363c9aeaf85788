"""SIGKILLs at random instants over jurors, clients and the relay."""

from experiments.chaos.federation import Federation
from experiments.chaos.figures import Figures
from experiments.chaos.killer import Killer
from experiments.chaos.scenario import Kind, Scenario

KILLS, ROUNDS = 300, 30
QUICK_KILLS, QUICK_ROUNDS = 10, 1
_SECONDS_A_ROUND = 12.0  # as measured, with kills


def kill_at_random(federation: Federation, seed: int) -> Figures:
    """Kill until there were as many kills and rounds as wanted."""
    quick = federation.settings.quick
    kills, rounds = (QUICK_KILLS, QUICK_ROUNDS) if quick else (KILLS, ROUNDS)
    figures, first = Figures(), federation.round()
    killer = Killer(federation.daemons, kills, 1.6 * rounds * _SECONDS_A_ROUND / kills, seed)
    killer.start()
    try:
        while not killer.is_done or federation.round() < first + rounds:
            federation.wait_for_round(federation.round() + 1)
    finally:
        killer.stop()
    figures.count("kills", killer.total)
    for kind in ("juror", "client", "relay"):
        killed = sum(times for name, times in killer.killed.items() if name.startswith(kind))
        figures.count(f"kills of {kind}s", killed)
    figures.require(killer.total >= kills, f"only {killer.total} kills")
    return figures


SCENARIOS = (
    Scenario(
        "kills",
        "SIGKILL at random instants, to jurors, clients and the relay, often several at once",
        Kind.KILLS,
        25,
        kill_at_random,
    ),
)
