"""The audit holds every jury against its hash, and its entry against consent and notice."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.events import JuryAnnounced, RoundOpened, RoundVoided
from fedjury.chain.rpc.logs import Care
from fedjury.errors import LogsMissing
from fedjury.protocol.juries import jury_hash
from tests.support.audited_story import Story
from tests.support.fake_federation import JUROR, OTHER_JUROR, account
from tests.unit.oracle.audit.conftest import GOOD, USELESS

NOTICE = 86_400
NEXT = [account(number) for number in (4, 5, 6, 7)]


def announce(story: Story, jurors: Sequence[LocalAccount] = NEXT, quorum: int = 3) -> JuryAnnounced:
    """The coordinator announces a jury."""
    return story.contract.announce(jurors, quorum)


def seat(story: Story) -> None:
    """The round that opened last says the next jury, and the contract holds it."""
    story.contract.jury_version += 1
    story.federation.change(RoundOpened, jury_version=story.contract.jury_version)


def unseat(story: Story) -> None:
    """The round that opened last says the jury before, and the contract holds it."""
    story.contract.jury_version -= 1
    story.federation.change(RoundOpened, jury_version=story.contract.jury_version)


def opened_at(story: Story, number: int) -> int:
    """When a round opened."""
    return story.federation.chain.times[story.opening_of(number).block_number]


# --- what is right ---


def test_a_jury_that_the_sitting_one_agrees_to_enters_with_the_next_round(story: Story) -> None:
    announced = announce(story)
    story.contract.submit(story.federation.clients[0].address, story.digests[0])
    story.missing = {0}
    story.finalize(next_jury=announced.jury)
    story.jury = NEXT
    story.judge(GOOD)
    result = story.audit()
    assert result.passed, result.difference
    assert [audit.signers for audit in result.rounds[1:3]] == [
        [JUROR.address],
        sorted((juror.address for juror in NEXT), key=lambda address: int(address, 16)),
    ]


def test_a_jury_enters_with_the_first_round_that_opens_after_its_notice(story: Story) -> None:
    announce(story)
    story.judge(USELESS)
    story.federation.chain.timestamp += NOTICE
    story.contract.void()
    story.jury = NEXT
    story.judge(GOOD)
    result = story.audit()
    assert result.passed, result.difference
    assert [story.round(number).jury.version for number in (2, 3, 4)] == [1, 1, 2]


def test_a_jury_that_was_announced_and_forgotten_leaves_nothing(story: Story) -> None:
    announce(story, NEXT[:1], 1)
    story.federation.chain.timestamp += NOTICE - 1
    announce(story)
    story.federation.chain.timestamp += 1
    story.contract.void()
    result = story.audit()
    assert result.passed, result.difference
    assert story.round(3).jury.version == 1


# --- when it enters ---


def test_a_jury_that_enters_without_consent_before_its_notice_is_found(story: Story) -> None:
    announced = announce(story)
    story.judge(USELESS)
    seat(story)
    assert story.differs() == (
        "round 3: jury 2 entered without the consent of jury 1 and before its notice was over: "
        f"the round opened at {opened_at(story, 3)}, its notice was over at "
        f"{announced.enters_from}"
    )


def test_a_jury_that_enters_a_second_before_its_notice_is_over_is_found(story: Story) -> None:
    announced = announce(story)
    story.federation.chain.timestamp = announced.enters_from - 1
    story.contract.void()
    seat(story)
    assert f"the round opened at {announced.enters_from - 1}" in story.differs()


def test_a_voided_round_is_nobodys_consent(story: Story) -> None:
    announce(story)
    story.contract.void()
    seat(story)
    assert "round 3: jury 2 entered without the consent of jury 1" in story.differs()


def test_consent_to_another_jury_is_none(story: Story) -> None:
    announce(story)
    story.contract.submit(story.federation.clients[0].address, story.digests[0])
    story.missing = {0}
    story.finalize(next_jury=jury_hash([OTHER_JUROR.address], 1))
    seat(story)
    assert "round 3: jury 2 entered without the consent of jury 1" in story.differs()


def test_a_jury_that_was_agreed_to_and_did_not_enter_is_found(story: Story) -> None:
    announced = announce(story)
    story.contract.submit(story.federation.clients[0].address, story.digests[0])
    story.missing = {0}
    story.finalize(next_jury=announced.jury)
    unseat(story)
    assert story.differs() == "round 3: jury 2 did not enter, though jury 1 agreed"


def test_a_jury_that_did_not_enter_after_its_notice_is_found(story: Story) -> None:
    announced = announce(story)
    story.federation.chain.timestamp = announced.enters_from
    story.contract.void()
    unseat(story)
    times = f"at {announced.enters_from}, its notice was over at {announced.enters_from}"
    assert story.differs() == (
        f"round 3: jury 2 did not enter after its notice: the round opened {times}"
    )


@pytest.mark.parametrize("shift", [-1, 1, -NOTICE])
def test_a_notice_of_another_length_is_found(story: Story, shift: int) -> None:
    announced = announce(story)
    story.federation.change(JuryAnnounced, enters_from=announced.enters_from + shift)
    story.contract.void()
    said = announced.enters_from
    assert story.differs() == (
        f"round 3: jury 2 was announced at {said - NOTICE} and enters from {said + shift}, not "
        f"after a notice of {NOTICE} s"
    )


def test_nobody_is_accused_where_the_node_hides_that_the_notice_began_anew(story: Story) -> None:
    announce(story, NEXT[:1], 1)
    story.federation.chain.timestamp += NOTICE
    again = announce(story)
    story.contract.void()
    announce(story)
    assert story.audit().passed
    story.contract.withheld, story.contract.told_from = [again], Care.FINEST
    with pytest.raises(LogsMissing, match="every roster, jury and relayer that was set"):
        story.audit()


# --- what it is ---


def test_members_of_another_hash_are_found(tmp_path: Path) -> None:
    story = Story(tmp_path)
    posted = story.round(1).jury.jury
    story.federation.change(JuryAnnounced, jurors=(OTHER_JUROR.address,))
    computed = jury_hash([OTHER_JUROR.address], 1)
    assert story.differs() == (
        f"round 1: the members of jury 1 hash to 0x{computed.hex()}, the event says "
        f"0x{posted.hex()}"
    )


def test_another_hash_is_found(story: Story) -> None:
    announced = announce(story)
    story.federation.change(JuryAnnounced, jury=bytes(32))
    assert story.differs() == (
        f"round 2: the members of jury 2 hash to 0x{announced.jury.hex()}, the event says "
        f"0x{bytes(32).hex()}"
    )


@pytest.mark.parametrize(("size", "quorum"), [(1, 0), (1, 2), (2, 1), (3, 2), (4, 2), (4, 5)])
def test_a_quorum_that_is_not_more_than_two_thirds_is_found(
    tmp_path: Path, size: int, quorum: int
) -> None:
    story = Story(tmp_path, jury=NEXT[:size], quorum=quorum)
    assert story.differs() == (
        f"round 1: jury 1 has a quorum of {quorum} of {size}, which is not more than two thirds"
    )


@pytest.mark.parametrize("order", [(1, 0), (0, 0)])
def test_members_that_do_not_ascend_are_found(story: Story, order: tuple[int, int]) -> None:
    ascending = announce(story, NEXT[:2], 2).jurors
    jurors = tuple(ascending[place] for place in order)
    story.federation.change(JuryAnnounced, jurors=jurors, jury=jury_hash(jurors, 2))
    story.contract.void()
    assert story.differs() == "round 3: the members of jury 2 do not ascend, or one is twice"


def test_a_jury_that_is_announced_anew_while_it_sits_is_found(story: Story) -> None:
    announce(story)
    story.federation.change(JuryAnnounced, version=1)
    story.contract.void()
    story.federation.change(RoundVoided, updates_hash=story.round(2).opening)
    assert story.differs() == "round 3: jury 1 was announced anew while it sat"


def test_a_version_that_is_left_out_is_found(story: Story) -> None:
    announce(story)
    story.federation.change(JuryAnnounced, version=3)
    story.contract.void()
    story.contract.jury_version = 3
    story.federation.change(RoundOpened, jury_version=3)
    assert story.differs() == "round 3: opens with jury 3, right after jury 1"


def test_a_first_jury_that_enters_at_another_time_is_found(story: Story) -> None:
    story.federation.change(JuryAnnounced, enters_from=1001)
    assert story.differs() == (
        "round 1: jury 1 was announced at 1000 and enters from 1001, not after a notice of 0 s"
    )


def test_a_first_jury_of_another_version_is_found(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.federation.change(JuryAnnounced, version=2)
    story.federation.change(RoundOpened, jury_version=2)
    story.contract.jury_version = 2
    assert story.differs() == "round 1: opens with jury 2, the first one is 1"
