"""What an experiment shows: before, while it runs, and at its end."""

import time
from collections.abc import Mapping

from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from fedjury.checks.counts import counted
from fedjury.cli.displays.progress import ProgressDisplay
from fedjury.cli.output import STYLES, Output
from fedjury.runtime.events import Event, Severity
from fedjury.simulation.experiment import Experiment
from fedjury.simulation.runs import setting
from fedjury.simulation.scenario import Scenario
from fedjury.simulation.summary import scenario_label, table, varying_keys
from fedjury.simulation.sweep import Sweep, SweepOutcome
from fedjury.simulation.sweep_events import (
    RoundCompleted,
    ScenarioCompleted,
    ScenarioFailed,
    ScenarioStarted,
    SweepStarted,
)


class SweepDisplay(ProgressDisplay):
    """A bar for all and one for each running scenario; a line for each that ends.

    Without a terminal there are only the lines, with `--json` nothing: what is printed then is one
    document.

    Args:
        scenarios: what is to be run, by id.
        varying: the settings by which scenarios are told apart.
        output: where to.
    """

    def __init__(
        self, scenarios: Mapping[str, Scenario], varying: list[str], output: Output
    ) -> None:
        super().__init__(
            output,
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[count]}", markup=False),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        self._scenarios, self._varying = scenarios, varying
        self._total = sum(scenario.rounds for scenario in scenarios.values())
        self._all = self.progress.add_task("rounds of all", total=self._total, count="")
        self._bars: dict[str, TaskID] = {}
        self._done = self._rounds = 0
        self._started = time.monotonic()
        self._count()

    def listen(self, event: Event) -> None:
        """Show an event of a sweep, and what is out of the ordinary in a live federation."""
        match event:
            case SweepStarted() if event.done:
                self.say(event.sentence)
            case ScenarioStarted():
                self._add_bar(event.id)
            case RoundCompleted():
                self._advance(event)
            case ScenarioCompleted() | ScenarioFailed():
                self._end(event)
            case _ if event.severity is not Severity.INFO:
                self.say(event.sentence, STYLES[event.severity])

    def _add_bar(self, id: str) -> None:
        scenario = self._scenarios[id]
        words = scenario_label(scenario, self._varying)
        self._bars[id] = self.progress.add_task(words, total=scenario.rounds, count="")

    def _advance(self, event: RoundCompleted) -> None:
        self._rounds += 1
        count = f"round {event.round}/{self._scenarios[event.id].rounds}"
        self.progress.update(self._bars[event.id], completed=event.round, count=count)
        self.progress.advance(self._all)

    def _end(self, event: ScenarioCompleted | ScenarioFailed) -> None:
        self.progress.remove_task(self._bars.pop(event.id))
        self._done += 1
        self._count()
        words = scenario_label(self._scenarios[event.id], self._varying)
        line = f"[{self._done}/{len(self._scenarios)}] {words}: {event.sentence}"
        left = self._left() if isinstance(event, ScenarioCompleted) else ""
        self.say(line + left, STYLES[event.severity])

    def _count(self) -> None:
        count = f"{self._done}/{counted(len(self._scenarios), 'scenario')}"
        self.progress.update(self._all, count=count)

    def _left(self) -> str:
        """The time that the rest will take, at the pace so far; the bars show it otherwise."""
        if self.has_bars or not self._rounds:
            return ""
        pace = (time.monotonic() - self._started) / self._rounds
        return f", {pace * (self._total - self._rounds) / 60:.1f} min left"


def show_scenarios(experiment: Experiment, sweep: Sweep, output: Output) -> None:
    """List the scenarios and say which are done."""
    missing, runs = sweep.missing, experiment.runs
    rows = [{"id": id, "done": id not in missing, **each.config()} for id, each in runs.items()]
    done = len(runs) - len(missing)
    keys = varying_keys(experiment.scenarios)
    shown = [*keys, "seed", "done"]
    cells = [[str(row["id"]), *[setting(row, key) for key in shown]] for row in rows]
    output.table(experiment.title, ["id", *shown], cells)
    document = {"name": experiment.name, "done": done, "runs": rows}
    output.result(document, f"{done} of {len(rows)} done")


def show_outcome(experiment: Experiment, outcome: SweepOutcome, output: Output) -> None:
    """The table, and where the files are."""
    if outcome.documents:
        output.table(experiment.title, *table(experiment.scenarios, outcome.documents))
    words = f"wrote {', '.join(map(str, outcome.written))}"
    missing = outcome.document["missing"]
    if missing:
        verb = "is" if missing == 1 else "are"
        words = f"{counted(missing, 'scenario')} {verb} missing; {words}"
    output.result(outcome.document, words)
