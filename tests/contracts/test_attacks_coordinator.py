"""A coordinator who wants a model of its own, or none of the jury's, tries all that it may call.

Within the notice it has no way: these are stories of each attempt. When the notice is over its
jury sits, in the open, and whoever does not want that has had the notice's time to leave.
"""

import random
from contextlib import suppress

import pytest
import signing
from brownie.exceptions import VirtualMachineError
from helpers import (
    AVAILABILITY_SECONDS,
    CLOSED,
    GRACE_SECONDS,
    NOTICE_SECONDS,
    OPEN,
    ROUND_SECONDS,
    digest_of,
    names_of,
    now,
    only,
    plain,
    refused_to,
    reverting,
    travel_to,
)
from merkle import NOBODY, Roster

EVIL = digest_of("the coordinator's model")


@pytest.fixture(scope="module")
def puppets():
    """A jury of one, which signs what the coordinator likes."""
    return signing.make_jurors(1, "puppet")


@pytest.fixture(scope="module")
def sybils(accounts):
    """A roster of the coordinator's own accounts."""
    return Roster(accounts[5:8])


def force(federation, puppets):
    """The puppets' report on the round that is on, as good as they can make it."""
    report = federation.report(model_digest=EVIL, next_jury=signing.jury_hash(puppets, 1))
    return federation.finalize(report, jurors=puppets)


def refused_puppets(federation, puppets):
    """The puppets' report does not land: they are not the jury, and alone not enough of it."""
    with reverting("QuorumNotReached", 1, 3):
        force(federation, puppets)
    padded = signing.ascending([*federation.jurors[:2], *puppets])
    report, verdicts = federation.report(model_digest=EVIL), federation.verdicts()
    # Not even with two jurors' signatures of this very report beside theirs.
    with reverting("NotAJuror", puppets[0].address, federation.current()["juryVersion"]):
        federation.finalize(report, verdicts, federation.sign(report, verdicts, padded))
    assert federation.current()["modelDigest"] != EVIL


def test_its_own_jury_does_not_judge_the_round_that_is_on(federation, puppets):
    federation.set_jury(puppets, 1)
    federation.submit_all()

    refused_puppets(federation, puppets)
    federation.finalize()


def test_an_honest_report_lets_nobody_in_who_is_announced_right_before_it(federation, puppets):
    federation.submit_all()
    sent = federation.signed_report()

    # The coordinator sees the report on its way and comes first.
    federation.set_jury(puppets, 1)
    opened = only(federation.finalize(*sent), "RoundOpened")

    assert opened["juryVersion"] == 1
    federation.submit_all()
    refused_puppets(federation, puppets)


def test_a_consent_to_another_jury_is_none_to_the_coordinators(federation, task, puppets):
    friends = signing.make_jurors(4, "friend")
    federation.set_jury(friends, 3)
    federation.submit_all()
    consent = federation.report(next_jury=signing.jury_hash(friends, 3))
    verdicts = federation.verdicts()
    signatures = federation.sign(consent, verdicts)

    # The jury has agreed to its friends; the coordinator puts its puppets in their place.
    federation.set_jury(puppets, 1)
    opened = only(federation.finalize(consent, verdicts, signatures), "RoundOpened")

    assert opened["juryVersion"] == 1
    # Nor do the friends come in later by that report: announced again, they wait again.
    federation.set_jury(friends, 3)
    federation.submit_all()
    assert only(federation.finalize(), "RoundOpened")["juryVersion"] == 1


def test_the_same_members_with_a_lower_bar_are_another_jury(create):
    federation = create(jurors=5, quorum=5)
    federation.set_jury(federation.jurors, 4)
    federation.submit_all()

    assert only(federation.finalize(), "RoundOpened")["juryVersion"] == 1
    federation.submit_all()
    with reverting("QuorumNotReached", 4, 5):
        federation.finalize(jurors=federation.jurors[:4])


def test_a_report_cannot_be_turned_into_a_consent(federation, puppets):
    federation.set_jury(puppets, 1)
    federation.submit_all()
    report, verdicts, signatures = federation.signed_report()
    turned = federation.report(next_jury=signing.jury_hash(puppets, 1))

    with pytest.raises(Exception, match=r"NotAJuror|SignersNotAscending"):
        federation.finalize(turned, verdicts, signatures)
    federation.finalize(report, verdicts, signatures)
    assert federation.current()["juryVersion"] == 1


def test_voiding_round_after_round_brings_the_notice_no_nearer(federation, puppets):
    entering = federation.set_jury(puppets, 1).timestamp + NOTICE_SECONDS
    rounds = 0
    while federation.deadline() + GRACE_SECONDS < entering:
        federation.travel_to_voidable()
        federation.void()
        rounds += 1
        assert federation.current()["juryVersion"] == 1
    assert rounds > NOTICE_SECONDS // (ROUND_SECONDS + GRACE_SECONDS) - 2

    federation.submit_all()
    refused_puppets(federation, puppets)


def test_its_sybils_open_rounds_at_once_but_not_to_its_jury(federation, puppets, sybils):
    federation.set_roster(sybils)
    federation.set_jury(puppets, 1)
    federation.submit_all()
    federation.finalize()

    # A round of Sybils alone closes at once. The jury judges what they sent as it always does.
    for _ in range(5):
        federation.submit_all(roster=sybils)
        assert federation.task.phase() == CLOSED
        refused_puppets(federation, puppets)
        assert only(federation.finalize(), "RoundOpened")["juryVersion"] == 1


def test_an_announcement_is_no_store_of_time(federation, puppets):
    """Announced long ago and taken back, the puppets have to wait anew."""
    federation.submit_all()
    federation.set_jury(puppets, 1)
    travel_to(now() + NOTICE_SECONDS - 100)
    federation.set_jury(federation.jurors, 3)
    federation.finalize()
    travel_to(now() + NOTICE_SECONDS)
    announced = federation.set_jury(puppets, 1).timestamp
    federation.void()

    assert federation.current()["juryVersion"] == 2
    assert plain(federation.task.nextJury())[4] == announced + NOTICE_SECONDS
    federation.submit_all()
    refused_puppets(federation, puppets)


def test_another_coordinator_inherits_no_shorter_notice(federation, puppets, accounts):
    heir = accounts[8]
    entering = federation.set_jury(puppets, 1).timestamp + NOTICE_SECONDS
    federation.task.transferOwnership(heir, federation.owner)
    federation.task.acceptOwnership({"from": heir})
    federation.set_jury(puppets, 1, sender=heir)

    assert plain(federation.task.nextJury())[4] > entering
    federation.travel_to_voidable()
    assert only(federation.void(sender=heir), "RoundOpened")["juryVersion"] == 1


@pytest.mark.parametrize("seed", range(6))
def test_no_order_of_all_that_it_may_do_writes_a_model_within_the_notice(
    federation, puppets, sybils, seed
):
    """Whatever the coordinator does, in whatever order, between whatever the jury does honestly."""
    chosen = random.Random(seed)
    first = federation.set_jury(puppets, 1).timestamp
    honest = {digest_of("genesis")}

    def submit(roster):
        for member in roster.members:
            proof = roster.proof(member)
            # Who may not is refused, and that is all the same here.
            with suppress(VirtualMachineError):
                federation.submit(member, f"{seed} {member} {now()}", proof=proof)

    def honest_report(overtaken_by=()):
        if federation.task.phase() == CLOSED:
            name = f"honest {seed} {federation.number()}"
            honest.add(digest_of(name))
            sent = federation.signed_report(model_digest=digest_of(name))
            for jury in overtaken_by:
                federation.set_jury(*jury)
            federation.finalize(*sent)

    def void():
        at = federation.deadline() + GRACE_SECONDS
        if at < first + NOTICE_SECONDS - 2000:
            travel_to(max(at, now() + 1))
            federation.void()

    tricks = [
        lambda: federation.set_jury(puppets, 1),
        lambda: federation.set_jury(federation.jurors, 3),
        lambda: federation.set_roster(sybils),
        lambda: federation.set_roster(federation.roster),
        lambda: federation.set_roster(Roster([])),
        lambda: submit(sybils),
        lambda: submit(federation.roster),
        lambda: travel_to(now() + chosen.randrange(2, ROUND_SECONDS)),
        lambda: federation.task.discloseSlice(1, EVIL, federation.owner),
        void,
        honest_report,
        lambda: honest_report(overtaken_by=[(puppets, 1)]),
        lambda: honest_report(overtaken_by=[(federation.jurors, 3), (puppets, 1)]),
    ]
    for _ in range(25):
        chosen.choice(tricks)()
        with pytest.raises(Exception, match=r"QuorumNotReached|RoundNotClosed"):
            force(federation, puppets)
        assert federation.current()["modelDigest"] in honest
        assert plain(federation.task.jury())[1] == federation.jury
    assert now() < first + NOTICE_SECONDS


def test_the_coordinator_cannot_stop_a_signed_report(federation, task, puppets, sybils, accounts):
    federation.submit_all()
    sent = federation.signed_report()

    # It knows the report and does all that it may before it is sent.
    with reverting("TooEarlyToVoid", 1, federation.deadline() + GRACE_SECONDS):
        federation.void()
    federation.set_jury(puppets, 1)
    federation.set_roster(sybils)
    federation.set_roster(Roster([]))
    task.discloseSlice(1, digest_of("slice 1"), federation.owner)
    task.transferOwnership(accounts[8], federation.owner)
    task.acceptOwnership({"from": accounts[8]})
    with reverting("RoundClosed", 1, federation.deadline()):
        federation.submit(sybils.members[0], roster=sybils)

    assert names_of(federation.finalize(*sent)) == ["RoundFinalized", "RoundOpened"]
    assert federation.current()["modelDigest"] == digest_of("model 1")


def test_there_is_nothing_to_pause(task):
    functions = {entry["name"] for entry in task.abi if entry["type"] == "function"}

    assert not {name for name in functions if "pause" in name.lower()}


def test_a_report_lands_even_after_the_grace_until_somebody_voids(federation):
    federation.submit_all()
    sent = federation.signed_report()
    federation.travel_to_voidable(times=20)

    federation.finalize(*sent)


def test_the_jury_has_its_time_before_the_coordinator_may_void(federation):
    federation.submit_all()
    closed, voidable = federation.deadline(), federation.deadline() + GRACE_SECONDS
    assert voidable >= closed + 4 * AVAILABILITY_SECONDS

    for moment in (closed + 1, closed + AVAILABILITY_SECONDS, voidable - 2, voidable - 1):
        travel_to(moment)
        with reverting("TooEarlyToVoid", 1, voidable):
            federation.void()


def test_nobody_else_voids_before_the_coordinator_could(federation, stranger, clients):
    federation.submit_all()
    everybodys = federation.deadline() + 10 * GRACE_SECONDS

    for moment in (federation.deadline() + GRACE_SECONDS, everybodys - 3):
        travel_to(moment)
        for account in (stranger, clients[0]):
            with reverting("TooEarlyToVoid", 1, everybodys):
                federation.void(sender=account)
    federation.finalize()


def test_a_round_that_closes_late_gives_the_jury_its_whole_time(federation, clients):
    """The coordinator cannot let the grace pass while a round is short of updates."""
    federation.submit(clients[0])
    travel_to(federation.deadline() + GRACE_SECONDS - 5)
    closing = federation.submit(clients[1]).timestamp

    assert federation.task.phase() == CLOSED
    travel_to(closing + GRACE_SECONDS - 1)
    with reverting("TooEarlyToVoid", 1, closing + GRACE_SECONDS):
        federation.void()
    federation.finalize()


@pytest.mark.parametrize("grace", [0, 1, 4 * AVAILABILITY_SECONDS - 1])
def test_no_task_gives_the_jury_less_time(create, grace):
    with reverting("GraceTooShort", grace, 4 * AVAILABILITY_SECONDS):
        create(graceSeconds=grace)


@pytest.mark.parametrize("notice", [0, 1, NOTICE_SECONDS - 1])
def test_no_task_has_a_shorter_notice(create, notice):
    with reverting("InvalidNoticeSeconds", notice, 86_400, 90 * 86_400):
        create(noticeSeconds=notice)


def test_nobody_else_has_any_of_this_power(federation, task, stranger, puppets, sybils):
    as_owner = [
        lambda who: federation.set_jury(puppets, 1, sender=who),
        lambda who: federation.set_roster(sybils, sender=who),
        lambda who: task.setRoster(NOBODY, {"from": who}),
        lambda who: federation.set_relayer(who, sender=who),
        lambda who: task.transferOwnership(who, {"from": who}),
        lambda who: task.acceptOwnership({"from": who}),
    ]
    for call in as_owner:
        refused_to([stranger, federation.clients[0]], call)
    federation.travel_to_voidable(times=100)
    refused_to([stranger], lambda who: federation.void(sender=who))
    assert task.phase() == OPEN
