"""Whether what came of some rounds is right, whoever was down in the meantime."""

from collections import Counter
from functools import cached_property

from experiments.chaos.federation import Federation
from experiments.chaos.figures import Figures
from experiments.chaos.rederiving import Rederiver
from fedjury.chain.contracts.events import RoundFinalized, RoundVoided
from fedjury.errors import FedjuryError
from fedjury.oracle.slices import Slices
from fedjury.protocol.verdicts import VerdictCode
from fedjury.task.history import RoundHistory, TaskHistory


class Judge:
    """Looks at rounds that are over.

    Args:
        federation: whose rounds.
    """

    def __init__(self, federation: Federation) -> None:
        self._federation = federation
        self._checked: dict[int, bytes] = {}

    def check(self, last: int) -> Figures:
        """Rounds up to `last`, all of which have to be over, finalized once, and right.

        A round whose report was looked at before is not looked at again, unless a reorganization
        brought another transaction with a report on it.

        Raises:
            FedjuryError: chain or store do not work, now that nothing disturbs them.
        """
        figures, history = Figures(), self._federation.history()
        self._finalized_once(figures)
        for number in range(1, last + 1):
            if (story := history.rounds.get(number)) is None or story.finalized is None:
                state = story.state if story else "unknown"
                figures.wrong.append(f"round {number} is {state}")
                continue
            if self._checked.get(number) == story.finalized.transaction_hash:
                continue
            self._checked[number] = story.finalized.transaction_hash
            self._check_round(story, figures)
        self._check_order(history, figures)
        return figures

    def audits(self) -> Figures:
        """Both audits of the whole task, with the jury's samples and without."""
        figures, room = Figures(), self._federation.room
        where = ["--deployment", room.deployment, "--patience", 120]
        for more in ([], ["--verification", room.slices]):
            code = self._federation.run("audit", *where, *more, "--json")
            figures.count("audits that passed", int(code == 0))
            kind = "full" if more else "light"
            said = self._federation.output_of("audit").splitlines()[-1:]
            figures.require(code == 0, f"the {kind} audit ends with {code}: {said}")
        return figures

    def crashes(self) -> Figures:
        """Daemons that ended by themselves or showed a traceback."""
        figures = Figures()
        for daemon in self._federation.daemons:
            if "Traceback" in daemon.complaints():
                figures.wrong.append(f"{daemon.name} crashed: {daemon.complaints()[-2000:]}")
            if daemon.ends:
                figures.wrong.append(f"{daemon.name} ended by itself with {daemon.ends}")
        return figures

    @cached_property
    def _rederiver(self) -> Rederiver:
        task = self._federation.task
        return Rederiver(task, Slices.read(task.spec, [self._federation.room.slices]))

    def _check_round(self, story: RoundHistory, figures: Figures) -> None:
        figures.count("rounds")
        figures.count("updates", story.size)
        try:
            derived = self._rederiver.derive(story)
        except FedjuryError as error:
            figures.wrong.append(f"round {story.number}: {error}")
            return
        figures.wrong += derived.wrong
        figures.count("accepted", sum(code.accepted for code in derived.codes))
        gone = sum(code is VerdictCode.UNAVAILABLE for code in derived.codes)
        figures.count("unavailable", gone)
        receipts = self._federation.receipts
        given = sum(each.round == story.number for each in receipts.given)
        figures.count("receipts", given)
        for lost in receipts.lost(story, derived.updates):
            figures.wrong.append(
                f"round {story.number}: the update of {lost.client} has a receipt and is missing"
            )

    def _finalized_once(self, figures: Figures) -> None:
        task = self._federation.task
        events = task.read_events(task.chain.block().number, [RoundFinalized, RoundVoided])
        ends = Counter(
            each.round for each in events if isinstance(each, RoundFinalized | RoundVoided)
        )
        for number in (number for number, times in ends.items() if times > 1):
            figures.wrong.append(f"round {number} ended {ends[number]} times")

    def _check_order(self, history: TaskHistory, figures: Figures) -> None:
        """Each round opens from the model that the one before left."""
        for number, story in history.rounds.items():
            before = history.rounds.get(number - 1)
            if before is None or before.finalized is None:
                continue
            figures.require(
                story.opened.model_digest == before.finalized.model_digest,
                f"round {number} does not open from the model that round {number - 1} left",
            )
