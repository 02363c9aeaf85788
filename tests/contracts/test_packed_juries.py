"""A jury's members stand in storage without gaps: at every border, they and nobody else sign."""

import itertools

import pytest
import signing
from brownie import web3
from eth_abi import encode
from eth_utils import keccak
from helpers import plain, reverting

# Slot of the juries' members in a task's storage.
MEMBERS = 15
SMALL = (1, 2, 3, 4, 7, 8, 9)


def quorum_of(size):
    return size * 2 // 3 + 1


def neighbours(jurors):
    """Addresses beside the jurors', and beside the parts of them that words are cut into."""
    numbers = [int(juror.address, 16) for juror in jurors]
    near = {number + step for number in numbers for step in (-1, 1)}
    near |= {number ^ (1 << bit) for number in numbers for bit in (0, 63, 64, 95, 96, 159)}
    # Two jurors' halves: what stands at a wrong offset.
    near |= {(a & (2**96 - 1)) | (b >> 96 << 96) for a, b in itertools.pairwise(numbers)}
    near |= {0, 1, 2**160 - 1}
    return ["0x" + number.to_bytes(20, "big").hex() for number in near - set(numbers)]


def words_of(federation):
    """The 81 words of storage from the jury's first one on."""
    slot = int.from_bytes(keccak(encode(["bytes32", "uint256"], [federation.jury, MEMBERS])))
    address = federation.task.address
    # Ganache leaves zeros in front away.
    words = [web3.eth.get_storage_at(address, slot + place) for place in range(81)]
    return [bytes(word).rjust(32, b"\0") for word in words]


@pytest.mark.parametrize("size", [*SMALL, 128])
def test_addresses_stand_one_after_the_other_without_gaps(create, size):
    federation = create(jurors=size, quorum=quorum_of(size))

    members = [int(juror.address, 16) for juror in federation.jurors]
    packed = sum(member << (160 * place) for place, member in enumerate(members))
    expected = packed.to_bytes(81 * 32, "little")
    assert b"".join(word[::-1] for word in words_of(federation)) == expected


@pytest.mark.parametrize("size", [*SMALL, 128])
def test_the_members_and_nobody_else_are_jurors(create, size):
    federation = create(jurors=size, quorum=quorum_of(size))
    task, jury = federation.task, federation.jury

    shown = federation.jurors if size < 128 else federation.jurors[::9] + federation.jurors[-3:]
    for juror in shown:
        assert task.isJuror(jury, juror.address)
        assert task.overview(juror.address)["isJuror"]
    outsiders = neighbours(shown)
    for outsider in outsiders if size < 128 else outsiders[::20]:
        assert not task.isJuror(jury, outsider), outsider
    assert not task.isJuror(bytes(32), shown[0].address)


class Ballot:
    """A closed round of one update, and every juror's signature of one report on it."""

    def __init__(self, create, clients, size):
        self.federation = create(
            members=clients[:1], jurors=size, quorum=quorum_of(size), minUpdates=1
        )
        self.federation.submit(clients[0])
        self.report, self.verdicts = self.federation.report(), self.federation.verdicts()
        self.signed = {juror.address: self.sign(juror) for juror in self.federation.jurors}

    def sign(self, juror):
        return self.federation.sign(self.report, self.verdicts, [juror])

    def count(self, signatures):
        """Have the contract count these signatures; nothing comes of it."""
        call = self.federation.task.finalizeRound.call
        call(self.report.as_tuple(), self.verdicts, b"".join(signatures), self.federation.owner)

    def count_signers(self, jurors):
        self.count(self.signed[juror.address] for juror in jurors)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7])
def test_every_set_of_signers_is_taken_that_is_a_quorum(create, clients, size):
    ballot, quorum = Ballot(create, clients, size), quorum_of(size)
    for count in range(size + 1):
        for signers in itertools.combinations(ballot.federation.jurors, count):
            if count >= quorum:
                ballot.count_signers(signers)
                continue
            with reverting("QuorumNotReached", count, quorum):
                ballot.count_signers(signers)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7])
def test_nobody_signs_beside_a_juror_or_for_one(create, clients, size):
    """An outsider at each place, before, between and behind the jurors, beside them and for one."""
    ballot, jurors = Ballot(create, clients, size), signing.make_jurors(size)
    places = set()
    for number in range(40):
        (outsider,) = signing.make_jurors(1, f"outsider {number}")
        place = sum(int(juror.address, 16) < int(outsider.address, 16) for juror in jurors)
        if place in places:
            continue
        places.add(place)
        signed = [ballot.signed[juror.address] for juror in jurors]
        for replaced in (0, 1) if place < size else (0,):
            mixed = [*signed[:place], ballot.sign(outsider), *signed[place + replaced :]]
            with reverting("NotAJuror", outsider.address, 1):
                ballot.count(mixed)
    assert len(places) == size + 1


def test_any_quorum_of_the_largest_jury_is_taken(create, clients):
    ballot, size = Ballot(create, clients, 128), 128
    jurors, quorum = ballot.federation.jurors, quorum_of(size)
    for signers in (
        jurors,
        jurors[:quorum],
        jurors[-quorum:],
        # Without every third one: each offset in a word is read and each is left out.
        *([juror for place, juror in enumerate(jurors) if place % 3 != gap] for gap in range(3)),
        jurors[:43] + jurors[-43:],
    ):
        assert len(signers) >= quorum - 1
        if len(signers) >= quorum:
            ballot.count_signers(signers)
        else:
            with reverting("QuorumNotReached", len(signers), quorum):
                ballot.count_signers(signers)
    for place in (0, 1, 63, 64, 126, 127):
        (outsider,) = signing.make_jurors(1, "outsider")
        others = signing.ascending([*jurors[:place], *jurors[place + 1 :], outsider])
        signed = {**ballot.signed, outsider.address: ballot.sign(outsider)}
        with reverting("NotAJuror", outsider.address, 1):
            ballot.count(signed[juror.address] for juror in others)


def test_a_jury_announced_again_stands_as_it_did(federation):
    before = words_of(federation)
    for _ in range(2):
        federation.set_jury(federation.jurors, federation.quorum)

    assert words_of(federation) == before


def test_juries_that_share_members_do_not_share_words(federation, task):
    smaller = federation.jurors[:3]
    federation.set_jury(smaller, 3)
    federation.set_jury(federation.jurors, 4)

    fourth = federation.jurors[3].address
    assert task.isJuror(federation.jury, fourth)
    assert not task.isJuror(signing.jury_hash(smaller, 3), fourth)
    assert task.isJuror(signing.jury_hash(federation.jurors, 4), fourth)
    assert plain(task.jury())[1] == federation.jury
