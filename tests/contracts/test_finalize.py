"""What a report must say to stand. Who must have signed it: test_signatures.py."""

import pytest
from helpers import ACCEPTED, OPEN, REJECTED, ROUND_SECONDS, digest_of, names_of, only, reverting


@pytest.fixture
def closed(federation):
    """The federation with a closed round of three updates."""
    federation.submit_all()
    return federation


def test_the_report_stands_and_is_told_whole(closed, task):
    report, verdicts, signatures = closed.signed_report()

    transaction = closed.finalize(report, verdicts, signatures)

    assert names_of(transaction) == ["RoundFinalized", "RoundOpened"]
    assert only(transaction, "RoundFinalized") == {
        "round": 1,
        "juryVersion": 1,
        "updatesHash": report.updates_hash,
        "attempt": 0,
        "accuracy": 910,
        "modelDigest": report.model_digest,
        "recordDigest": report.record_digest,
        "nextJury": closed.jury,
        "verdicts": verdicts,
        "signatures": signatures,
    }


def test_the_next_round_opens(closed, task):
    transaction = closed.finalize()

    deadline = transaction.timestamp + ROUND_SECONDS
    assert only(transaction, "RoundOpened") == {
        "round": 2,
        "rosterVersion": 1,
        "juryVersion": 1,
        "deadline": deadline,
        "modelDigest": digest_of("model 1"),
    }
    assert closed.current() == {
        "number": 2,
        "submitted": 0,
        "batched": 0,
        "deadline": deadline,
        "rosterVersion": 1,
        "juryVersion": 1,
        "updatesHash": closed.updates_hash(submissions=[]),
        "modelDigest": digest_of("model 1"),
    }
    assert task.phase() == OPEN


def test_anyone_may_send_it(closed, stranger):
    closed.finalize(sender=stranger)


def test_a_model_may_stay_as_it_is(closed, task):
    closed.finalize(closed.report(model_digest=digest_of("genesis")))

    assert closed.current()["modelDigest"] == digest_of("genesis")


def test_verdicts_of_any_code_are_taken_as_the_jury_signed_them(closed):
    verdicts = ACCEPTED + REJECTED + b"\xff"

    transaction = closed.finalize(verdicts=verdicts)

    assert only(transaction, "RoundFinalized")["verdicts"] == verdicts


@pytest.mark.parametrize(("attempt", "accuracy"), [(0, 0), (7, 1000), (2**32 - 1, 0xFFFF)])
def test_attempt_and_accuracy_are_told_as_the_jury_signed_them(closed, attempt, accuracy):
    told = only(
        closed.finalize(closed.report(attempt=attempt, accuracy=accuracy)), "RoundFinalized"
    )

    assert (told["attempt"], told["accuracy"]) == (attempt, accuracy)


def test_an_open_round_cannot_be_finalized(federation):
    with reverting("RoundNotClosed", 1, 0, federation.deadline()):
        federation.finalize()


@pytest.mark.parametrize("given", [0, 2])
def test_a_report_on_another_round_is_refused(closed, given):
    with reverting("WrongRound", given, 1):
        closed.finalize(closed.report(round=given))


def test_a_report_cannot_be_sent_twice(closed):
    sent = closed.signed_report()
    closed.finalize(*sent)

    with reverting("WrongRound", 1, 2):
        closed.finalize(*sent)


def test_a_report_on_other_updates_is_refused(closed):
    expected = closed.report().updates_hash
    with reverting("WrongUpdatesHash", digest_of("others"), expected):
        closed.finalize(closed.report(updates_hash=digest_of("others")))


@pytest.mark.parametrize("given", [0, 2])
def test_a_report_of_another_jury_is_refused(closed, given):
    with reverting("WrongJuryVersion", given, 1):
        closed.finalize(closed.report(jury_version=given))


@pytest.mark.parametrize("length", [0, 2, 4, 15])
def test_there_is_exactly_one_byte_of_verdict_an_update(closed, length):
    with reverting("WrongVerdictsLength", length, 3):
        closed.finalize(verdicts=bytes([1]) * length)


def test_a_model_needs_a_digest(closed):
    with reverting("ZeroDigest"):
        closed.finalize(closed.report(model_digest=bytes(32)))


def test_a_record_needs_a_digest(closed):
    with reverting("ZeroDigest"):
        closed.finalize(closed.report(record_digest=bytes(32)))


def test_a_refused_report_changes_nothing(closed, task):
    before = closed.current()
    with reverting("WrongVerdictsLength", 0, 3):
        closed.finalize(verdicts=b"")

    assert closed.current() == before
