"""What a demo shows while it runs and at its end."""

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from fedjury.cli.displays.progress import ProgressDisplay
from fedjury.cli.output import STYLES, Output
from fedjury.cli.plain_text import harmless
from fedjury.runtime.events import Event, Severity
from fedjury.simulation.demo.ending import (
    audit_words,
    gas_words,
    next_steps,
    summary,
    why_turned_away,
)
from fedjury.simulation.demo.options import DemoOptions
from fedjury.simulation.demo.results import ClientResult, DemoResult
from fedjury.simulation.demo.run import DemoRun
from fedjury.simulation.events import (
    AuditStarted,
    FederationStarting,
    LambdaChosen,
    RoundMeasured,
    TurnTaken,
)


class DemoDisplay(ProgressDisplay):
    """Progress bars while a demo runs, a line a round; or JSON lines.

    Without a terminal there are only the lines.

    Args:
        rounds: how many there are.
        members: how many have a turn in each round, the jury included.
        output: where to.
    """

    def __init__(self, rounds: int, members: int, output: Output) -> None:
        super().__init__(
            output,
            TextColumn("{task.description:<34}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        self._rounds = self.progress.add_task("rounds", total=rounds)
        self._turns = self.progress.add_task("setting up", total=members)

    def listen(self, event: Event) -> None:
        """Show an event: machines get all, people what is out of the ordinary."""
        if self.output.as_json:
            self.output.event(event)
            return
        if isinstance(event, TurnTaken):
            self.progress.update(self._turns, description=event.sentence, completed=event.done)
            return
        if isinstance(event, RoundMeasured):
            self.progress.advance(self._rounds)
        plain = isinstance(event, RoundMeasured | FederationStarting | LambdaChosen | AuditStarted)
        if plain or event.severity is not Severity.INFO:
            self.say(event.sentence, STYLES[event.severity])


def show_run(run: DemoRun, options: DemoOptions, output: Output) -> None:
    """The table, what it says in words, the audit's word, where the files are, what to try next."""
    result = run.result
    if output.as_json:
        output.result(result.to_json())
        return
    console = output.console
    console.print(_table(result), soft_wrap=False)
    console.print(
        "✓ accepted, ✗ not: verification samples that the mixed model gets right, "
        "against the count to beat, or the reason; [red]red: poisoned[/red]",
        markup=True,
    )
    for line in summary(result):
        console.print(line, markup=False)
    if why := why_turned_away(result):
        console.print(f"why: {why}", markup=False)
    console.print(
        harmless(f"audit: {audit_words(run.audit)}", one_line=True),
        style="green" if run.audit.passed else "red",
    )
    console.print(f"gas: {gas_words(result)}", markup=False, soft_wrap=True)
    console.print(f"took {result.seconds:.0f} s; wrote {', '.join(map(str, run.written))}")
    console.print("try next:")
    steps = next_steps(options, result)
    width = max(len(step.command) for step in steps)
    for step in steps:
        console.print(f"  {step.command:<{width}}  # {step.shows}", markup=False)


def _table(result: DemoResult) -> Table:
    title = f"{result.verification_samples} verification and {result.held_out_samples} held-out"
    table = Table(title=f"{title} samples", title_justify="left", padding=(0, 0), pad_edge=False)
    table.add_column("round", justify="right")
    table.add_column("to beat", justify="right")
    for index in range(len(result.rounds[0].clients)):
        table.add_column(str(index), justify="right", min_width=5)
    table.add_column("jury %", justify="right")
    table.add_column("FedAvg %", justify="right")
    for row in result.rounds:
        table.add_row(
            str(row.round),
            str(row.baseline_correct),
            *[_cell(client, row.baseline_correct) for client in row.clients],
            f"{row.accuracy:.1%}".rstrip("%"),
            f"{row.fedavg_accuracy:.1%}".rstrip("%"),
        )
    return table


def _cell(client: ClientResult, baseline: int) -> Text:
    mark = "✓" if client.accepted else "✗"
    evaluated = client.verdict in ("accepted", "not-improved")
    why = f"{client.correct - baseline:+d}" if evaluated else client.verdict
    return Text(f"{mark}{why}", style="red" if client.poisoned else "")
