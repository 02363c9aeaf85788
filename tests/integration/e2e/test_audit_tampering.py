"""Jurors that lie, and stores that lose: the audit names the first thing that is not right."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fedjury.chain.rpc.connection import Chain
from fedjury.data.verification import save_verification_set
from fedjury.devnet import devnet_accounts
from fedjury.errors import ExitCode
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.judging import Judgement, Terms
from fedjury.protocol.digest import Digest
from fedjury.protocol.tensors import encode
from fedjury.protocol.verdicts import Verdict, VerdictCode
from tests.support.commands import command
from tests.support.federation import Federation, create_federation, cycle_until, rolled_back
from tests.support.machines import evaluate, finalize
from tests.support.processes import Finished
from tests.support.recorder import Recorder

POISONER = 2

Lie = Callable[[Federation, Judgement], Judgement]


class Bench:
    """A round of two honest clients and a poisoner, to be judged honestly or not, and then audited
    by the command line.

    Args:
        federation: whose round 1 is closed.

    Attributes:
        federation: the same.
    """

    def __init__(self, federation: Federation) -> None:
        self.federation = federation
        self._verification = federation.directory / "verification.safetensors"
        save_verification_set(federation.verification, self._verification)

    def judge(self, lie: Lie | None = None) -> None:
        """Finalize round 1 with the juror's own key, through the contract directly."""
        judgement = evaluate(self.federation)
        if lie is not None:
            judgement = lie(self.federation, judgement)
        finalize(self.federation, judgement, self.federation.jurors)

    def audit(self, full: bool = False) -> tuple[int, str]:
        """Exit code of `fedjury audit`, and the difference it names."""
        done = self.run(full)
        assert done.document["full"] is full
        assert done.document["passed"] is (done.code == 0)
        difference = done.document["difference"]
        assert difference is None or difference["round"] == 1
        return done.code, "" if difference is None else str(difference["what"])

    def run(self, full: bool = False) -> Finished:
        """`fedjury audit`, which knows nothing but addresses."""
        return command(
            *("audit", "--json", "--task", self.federation.task.contract.address),
            *("--rpc", self.federation.chain.url, "--store", f"dir:{self._store}"),
            *(("--verification", self._verification) if full else ()),
        )

    def file(self, digest: Digest) -> Path:
        """Where the store keeps a file."""
        return self._store / digest.cid

    @property
    def _store(self) -> Path:
        return self.federation.directory / "store"


@pytest.fixture(scope="module")
def submitted(anvil: str, tmp_path_factory: pytest.TempPathFactory) -> Federation:
    """A round that is closed and not judged."""
    directory = tmp_path_factory.mktemp("audit")
    made = create_federation(directory, Chain.connect(anvil), devnet_accounts(5), rounds=2)
    for index in range(3):
        cycle_until(made.client(index, Recorder(), poison=index == POISONER).cycle)
    return made


@pytest.fixture
def bench(submitted: Federation) -> Iterator[Bench]:
    """The same, for one test."""
    with rolled_back(submitted):
        yield Bench(submitted)


def with_verdicts(federation: Federation, judgement: Judgement, codes: list[int]) -> Judgement:
    """Other verdicts, and the very model that would follow from them."""
    task = federation.task
    terms = Terms.of(task.spec, task.shapes)
    chosen = [
        task.fetch_model(update.digest)
        for update, code in zip(federation.updates(1), codes, strict=True)
        if code == VerdictCode.ACCEPTED
    ]
    genesis = task.fetch_model(task.config.genesis_digest)
    model = terms.rule.aggregate(genesis, chosen, terms.lam)
    evaluator = Evaluator(task.model, federation.verification)
    return replace(
        judgement,
        verdicts=[
            Verdict(VerdictCode(code), verdict.correct if code <= 2 else 0)
            for code, verdict in zip(codes, judgement.verdicts, strict=True)
        ],
        model=model,
        model_file=encode(model),
        model_correct=evaluator.correct(model),
    )


def accepts_the_poisoner(federation: Federation, judgement: Judgement) -> Judgement:
    return with_verdicts(federation, judgement, [1, 1, 1])


def rejects_an_honest_client(federation: Federation, judgement: Judgement) -> Judgement:
    return with_verdicts(federation, judgement, [1, 2, 2])


def calls_a_well_formed_file_malformed(federation: Federation, judgement: Judgement) -> Judgement:
    return with_verdicts(federation, judgement, [1, 5, 2])


def leaves_one_out_of_the_model(federation: Federation, judgement: Judgement) -> Judgement:
    other = with_verdicts(federation, judgement, [1, 2, 2])
    return replace(judgement, model_file=other.model_file)


def posts_a_model_of_its_own(federation: Federation, judgement: Judgement) -> Judgement:
    weights = {name: tensor * 2 for name, tensor in judgement.model.items()}
    return replace(judgement, model_file=encode(weights))


def posts_no_model_at_all(federation: Federation, judgement: Judgement) -> Judgement:
    return replace(judgement, model_file=b"not a model")


def makes_up_a_count_for_the_poisoner(federation: Federation, judgement: Judgement) -> Judgement:
    changed = with_verdicts(federation, judgement, [1, 1, 1])
    made_up = replace(changed.verdicts[2], correct=changed.baseline_correct + 1)
    return replace(changed, verdicts=[*changed.verdicts[:2], made_up])


def miscounts_one_update(federation: Federation, judgement: Judgement) -> Judgement:
    first, *others = judgement.verdicts
    return replace(judgement, verdicts=[replace(first, correct=first.correct - 1), *others])


def miscounts_the_baseline(federation: Federation, judgement: Judgement) -> Judgement:
    return replace(judgement, baseline_correct=judgement.baseline_correct + 1)


def miscounts_the_new_model(federation: Federation, judgement: Judgement) -> Judgement:
    return replace(judgement, model_correct=judgement.model_correct + 1)


def test_an_honest_round_passes(bench: Bench) -> None:
    bench.judge()
    assert list(bench.federation.labels(1).values()) == ["accepted", "accepted", "not-improved"]
    assert bench.audit() == (0, "")
    assert bench.audit(full=True) == (0, "")


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        (accepts_the_poisoner, ["update 2 is accepted with", "against a baseline of"]),
        (rejects_an_honest_client, ["update 1 is not-improved with", "against a baseline of"]),
        (
            calls_a_well_formed_file_malformed,
            ["update 1 of", "is malformed, but the file is well-formed"],
        ),
        (leaves_one_out_of_the_model, ["the model posted is", "of the 2 accepted updates is"]),
        (posts_a_model_of_its_own, ["the model posted is", "of the 2 accepted updates is"]),
        (posts_no_model_at_all, ["the model posted is", "of the 2 accepted updates is"]),
    ],
)
def test_lies_that_anyone_can_find(bench: Bench, lie: Lie, words: list[str]) -> None:
    bench.judge(lie)
    for full in (False, True):
        code, difference = bench.audit(full)
        assert code == ExitCode.AUDIT_MISMATCH
        assert all(word in difference for word in words), difference


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        (makes_up_a_count_for_the_poisoner, "verdict on update 2 of"),
        (miscounts_one_update, "the count in the verdict on update 0 of"),
        (miscounts_the_baseline, "the baseline posted is"),
        (miscounts_the_new_model, "the new model's count posted is"),
    ],
)
def test_lies_that_the_verification_set_shows(bench: Bench, lie: Lie, words: str) -> None:
    bench.judge(lie)
    assert bench.audit() == (0, "")
    code, difference = bench.audit(full=True)
    assert code == ExitCode.AUDIT_MISMATCH
    assert words in difference


def test_an_accepted_update_that_is_gone(bench: Bench) -> None:
    bench.judge()
    bench.file(bench.federation.updates(1)[1].digest).unlink()
    code, difference = bench.audit()
    assert code == ExitCode.AUDIT_MISMATCH
    assert "update 1 of" in difference
    assert "is accepted, but the file is unavailable" in difference


def test_a_rejected_update_that_is_gone_is_noted(bench: Bench) -> None:
    bench.judge()
    bench.file(bench.federation.updates(1)[POISONER].digest).unlink()
    assert bench.audit() == (0, "")


def test_a_file_that_was_changed(bench: Bench) -> None:
    bench.judge()
    path = bench.file(bench.federation.updates(1)[0].digest)
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    code, difference = bench.audit()
    assert code == ExitCode.AUDIT_MISMATCH
    assert "update 0 of" in difference


def test_a_genesis_model_that_is_gone(bench: Bench) -> None:
    """Without it nothing can be said, which is no difference."""
    bench.judge()
    bench.file(bench.federation.task.config.genesis_digest).unlink()
    done = bench.run()
    assert done.code == ExitCode.STORE_UNAVAILABLE
    assert done.document["error"] == "StoreUnavailable"
    assert "genesis model" in done.document["message"]


def test_a_file_that_cannot_be_read_accuses_nobody(bench: Bench) -> None:
    """The store's own trouble, even with a single file, is not the file's absence."""
    bench.judge()
    path = bench.file(bench.federation.updates(1)[0].digest)
    path.unlink()
    path.mkdir()
    done = bench.run()
    assert done.code == ExitCode.STORE_UNAVAILABLE
    assert done.document["error"] == "StoreUnavailable"
