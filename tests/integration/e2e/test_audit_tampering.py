"""Jurors that lie, and stores that lose: the audit names the first thing that is not right."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from fedjury.chain.contracts.limits import NOTICE_MIN
from fedjury.chain.rpc.connection import Chain
from fedjury.devnet import devnet_accounts
from fedjury.errors import ExitCode
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.judging import Judgement, Terms
from fedjury.oracle.reporting import Draft
from fedjury.protocol.digest import Digest
from fedjury.protocol.juries import jury_hash
from fedjury.protocol.roster import Roster
from fedjury.protocol.tensors import encode
from fedjury.protocol.verdicts import Verdict, VerdictCode
from tests.support.audit_bench import Bench, Lie, Misreport, with_record
from tests.support.federation import Federation, create_federation, cycle_until, rolled_back
from tests.support.recorder import Recorder

POISONER = 2


@pytest.fixture(scope="module")
def submitted(own_anvil: str, tmp_path_factory: pytest.TempPathFactory) -> Federation:
    """A round that is closed and not judged."""
    directory = tmp_path_factory.mktemp("audit")
    made = create_federation(directory, Chain.connect(own_anvil), devnet_accounts(5), rounds=3)
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


def says_another_code_in_the_record(draft: Draft) -> Draft:
    return with_record(draft, "entries", POISONER, "code", value=5)


def says_another_roster_in_the_record(draft: Draft) -> Draft:
    return with_record(draft, "roster", "size", value=4)


def says_that_nobody_had_an_update(draft: Draft) -> Draft:
    return with_record(draft, "haves", 0, "entries", value="0x60")


def tells_a_count_in_the_record(draft: Draft) -> Draft:
    return with_record(draft, "correct", value=1)


def tells_the_accuracy(draft: Draft) -> Draft:
    return replace(draft, report=replace(draft.report, accuracy=900))


def publishes_no_record(draft: Draft) -> Draft:
    return replace(draft, report=replace(draft.report, record_digest=Digest(b"\7" * 32)))


def judges_again(draft: Draft) -> Draft:
    return replace(draft, report=replace(draft.report, attempt=1))


def test_an_honest_round_passes(bench: Bench) -> None:
    bench.judge()
    assert list(bench.federation.labels(1).values()) == ["accepted", "accepted", "not-improved"]
    assert bench.audit() == (0, "")
    assert bench.audit(full=True) == (0, "")


@pytest.mark.parametrize(
    ("lie", "words"),
    [
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
        (says_another_code_in_the_record, "the record says code 5 of update 2, the verdicts say 2"),
        (says_another_roster_in_the_record, "the record says roster size 4, the chain says 3"),
        (
            says_that_nobody_had_an_update,
            "the record says that 0 jurors had update 0, which is accepted: available is what 1",
        ),
        (tells_a_count_in_the_record, "the record says correct 1, which is not told"),
        (tells_the_accuracy, "the report says accuracy 900, the spec wants none"),
        (publishes_no_record, "which its signers keep, cannot be had: "),
        (judges_again, "the record says attempt 0, the report says 1"),
    ],
)
def test_reports_and_records_that_contradict_each_other(
    bench: Bench, lie: Misreport, words: str
) -> None:
    bench.misreport(lie)
    for full in (False, True):
        code, difference = bench.audit(full)
        assert code == ExitCode.AUDIT_MISMATCH
        assert words in difference


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        (accepts_the_poisoner, ["the verdict on update 2 of", "accepted, derived is not-improved"]),
        (
            rejects_an_honest_client,
            ["the verdict on update 1 of", "posted is not-improved, derived is accepted"],
        ),
    ],
)
def test_lies_that_the_verification_set_shows(bench: Bench, lie: Lie, words: list[str]) -> None:
    bench.judge(lie)
    assert bench.audit() == (0, "")
    code, difference = bench.audit(full=True)
    assert code == ExitCode.AUDIT_MISMATCH
    assert all(word in difference for word in words), difference


def disclose(bench: Bench, data: bytes) -> str:
    """Somebody says that a file is the task's slice; its CID."""
    digest = bench.federation.task.store.add(data)
    stranger = bench.federation.sender(bench.federation.clients[0])
    stranger.send(bench.federation.task.contract.disclose_slice(1, digest))
    return digest.cid


def test_what_is_disclosed_shows_the_same_without_any_private_file(bench: Bench) -> None:
    bench.judge(accepts_the_poisoner)
    cid = disclose(bench, b"no samples")
    assert bench.audit() == (0, "")
    (note,) = bench.notes()
    assert f"said to be {cid}, is none: " in note
    disclose(bench, bench.federation.verification.to_bytes())
    code, difference = bench.audit()
    assert code == ExitCode.AUDIT_MISMATCH
    assert "accepted, derived is not-improved" in difference


def test_an_honest_round_is_derived_from_what_is_disclosed(bench: Bench) -> None:
    bench.judge()
    disclose(bench, bench.federation.verification.to_bytes())
    done = bench.run()
    assert done.code == 0
    assert done.document["full"] is True
    assert [each["depth"] for each in done.document["rounds"]] == ["full", None]


def test_a_roster_that_is_gone_is_noted(bench: Bench) -> None:
    bench.judge()
    roster = Roster.of(client.address for client in bench.federation.clients)
    digest = Digest.of(roster.to_bytes())
    bench.file(digest).unlink()
    (note,) = bench.notes()
    assert note.startswith(f"the file of roster 1, {digest.cid}, is gone from the store")


def test_a_roster_whose_file_is_another(bench: Bench) -> None:
    federation, contract = bench.federation, bench.federation.task.contract
    members = federation.clients[:2]
    wrong = Roster.of(client.address for client in federation.clients[1:])
    right = Roster.of(client.address for client in members)
    digest = federation.task.store.add(wrong.to_bytes())
    federation.coordinate(contract.set_roster(right, digest))
    bench.judge()
    submission = Digest(b"\7" * 32)
    call = contract.submit_update(2, submission, right.proof(members[0].address))
    federation.sender(members[0]).send(call)
    done = bench.run()
    assert done.code == ExitCode.AUDIT_MISMATCH
    assert done.document["difference"] == {
        "round": 2,
        "what": f"roster 2, {digest.cid}, has the root 0x{wrong.root.hex()}, the chain says "
        f"0x{right.root.hex()}",
    }


def test_juries_that_enter_by_consent_and_by_notice_pass(bench: Bench) -> None:
    federation, contract = bench.federation, bench.federation.task.contract
    following = [federation.coordinator.address]
    federation.coordinate(contract.set_jury(following, 1))
    agreed = jury_hash(following, 1)
    bench.misreport(lambda draft: replace(draft, report=replace(draft.report, next_jury=agreed)))
    assert federation.record(2).jury.version == 2
    federation.coordinate(contract.set_jury([federation.clients[0].address], 1))
    federation.chain.request("evm_increaseTime", NOTICE_MIN)
    federation.chain.request("evm_mine")
    federation.coordinate(contract.void_round(2))
    assert federation.record(3).jury.version == 3
    assert bench.audit() == (0, "")


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
