"""100,000 spoiled update files through a juror's checks, and through its store."""

import random
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from experiments.chaos.figures import Figures
from experiments.chaos.mutated.limits import Limits
from experiments.chaos.mutated.right_verdict import Expected, right_verdicts
from experiments.chaos.mutated.sound_files import MAX_MAGNITUDE, tag_of
from experiments.chaos.mutated.spoiled_files import SpoiledRound, spoiled_rounds
from fedjury.errors import StoreUnavailable
from fedjury.oracle.fetching import UpdateFetcher
from fedjury.oracle.judging import Candidate, Terms, UpdateReader, inspect
from fedjury.oracle.rules.registry import find_rule
from fedjury.oracle.tries import FetchOutcome
from fedjury.protocol.digest import Digest
from fedjury.protocol.reasons import Reason
from fedjury.protocol.task_spec import RuleSpec
from fedjury.protocol.verdicts import VerdictCode
from fedjury.store.directory import DirectoryStore

ROUND_FILES = 50
MAX_BYTES = 40_000
_BY_STORE = 25  # every so many rounds' files go through a store
_MISSING = 0.05  # of the files of such rounds
_STORE_SECONDS, _MOST_STORE_SECONDS = 0.3, 30.0  # of a machine that does much else
_MOST_SENTENCE = 500  # letters of a reason: what stands in a file does not fill logs


def judge_spoiled_files(seed: int, count: int) -> Figures:
    """Have spoiled update files inspected as a juror inspects a round's files.

    Args:
        seed: of all that is drawn.
        count: how many files.

    Returns:
        Files by the code that they got; what is wrong names the spoil, the code and the right one.
    """
    chance, figures = random.Random(seed), Figures()
    figures.values["files"] = 0
    with Limits(figures) as limits:
        for number, spoiled in enumerate(spoiled_rounds(chance, count, ROUND_FILES)):
            limits.next()
            if number % _BY_STORE:
                got, right = _in_memory(spoiled)
            else:
                with tempfile.TemporaryDirectory() as directory:
                    got, right = _by_store(chance, spoiled, Path(directory))
            _compare(figures, spoiled, got, right)
    return figures


def _in_memory(spoiled: SpoiledRound) -> tuple[list[Expected], list[Expected]]:
    candidates = [Candidate(tag_of(client), partial(bytes, file)) for file, client in spoiled.files]
    return _inspected(spoiled, candidates), right_verdicts(spoiled.files, spoiled.shapes)


def _by_store(
    chance: random.Random, spoiled: SpoiledRound, directory: Path
) -> tuple[list[Expected], list[Expected]]:
    """As a juror gets files: some are missing, some larger than an update may be."""
    store = DirectoryStore(directory / "store")
    fetcher = UpdateFetcher(store, DirectoryStore(directory / "cache"), MAX_BYTES, workers=8)
    digests = [Digest.of(file) for file, _ in spoiled.files]
    missing = {digest for digest in digests if chance.random() < _MISSING}
    for digest, (file, _) in zip(digests, spoiled.files, strict=True):
        if digest not in missing:
            store.add(file)
    outcomes = _fetched(fetcher, digests)
    candidates = [
        Candidate(tag_of(client), partial(fetcher.cached, digest), outcome)
        for (_, client), digest, outcome in zip(spoiled.files, digests, outcomes, strict=True)
    ]
    unavailable: dict[int, Expected] = {}
    for place, (file, _) in enumerate(spoiled.files):
        if digests[place] in missing:
            unavailable[place] = VerdictCode.UNAVAILABLE, Reason.NONE, ()
        elif len(file) > MAX_BYTES:
            unavailable[place] = VerdictCode.TOO_LARGE, Reason.NONE, ()
    had = [place for place in range(len(digests)) if place not in unavailable]
    among = right_verdicts([spoiled.files[place] for place in had], spoiled.shapes)
    right = dict(unavailable)
    for place, (code, reason, arguments) in zip(had, among, strict=True):
        is_copy = code is VerdictCode.DUPLICATE
        right[place] = code, reason, (had[arguments[0]],) if is_copy else arguments
    return _inspected(spoiled, candidates), [right[place] for place in range(len(digests))]


def _fetched(fetcher: UpdateFetcher, digests: Sequence[Digest]) -> list[FetchOutcome]:
    seconds = _STORE_SECONDS
    while True:
        try:
            return fetcher.fetch_all(digests, seconds)
        except StoreUnavailable:
            if seconds >= _MOST_STORE_SECONDS:
                raise
            seconds *= 5


def _inspected(spoiled: SpoiledRound, candidates: Sequence[Candidate]) -> list[Expected]:
    terms = Terms(spoiled.shapes, MAX_MAGNITUDE, 0.5, find_rule(RuleSpec(name="fedavg")))
    found: list[Expected] = []
    for failure in inspect(UpdateReader(candidates, terms)):
        if failure is None:
            found.append((None, Reason.NONE, ()))
        else:
            found.append((failure.code, failure.grounds.reason, failure.grounds.arguments))
            if len(failure.reason) > _MOST_SENTENCE:
                raise AssertionError(f"a reason of {len(failure.reason)} letters")
    return found


def _compare(
    figures: Figures, spoiled: SpoiledRound, got: Sequence[Expected], right: Sequence[Expected]
) -> None:
    for place, (mine, wanted) in enumerate(zip(got, right, strict=True)):
        figures.count("files")
        figures.count("to the rule" if mine[0] is None else mine[0].label)
        if mine != wanted:
            file, _ = spoiled.files[place]
            figures.wrong.append(
                f"{spoiled.spoils[place]}: {_words(mine)} instead of {_words(wanted)}, "
                f"a file of {len(file)} bytes that begins {file[:200].hex()}"
            )


def _words(expected: Expected) -> str:
    code, reason, arguments = expected
    return f"{'to the rule' if code is None else code.label} {reason.name} {arguments}"
