"""The contract against a model of it in Python, whatever happens in whatever order."""

from contextlib import nullcontext

import signing
from brownie import chain
from brownie.test import strategy
from helpers import (
    ACCEPTED,
    BATCH,
    BATCH_SECONDS,
    CLOSED,
    FINISHED,
    GRACE_SECONDS,
    NOTICE_SECONDS,
    OPEN,
    ROUND_SECONDS,
    batch,
    digest_of,
    lone,
    mine_at,
    now,
    plain,
    reverting,
    running_hash,
)
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from merkle import Roster

ROUNDS, FEWEST, MOST = 4, 2, 4
JURORS = signing.make_jurors(5)


class Model:
    """What a task should be, and which error each call should end with (None: it goes through)."""

    def __init__(self, roster, jurors, opened_at):
        self.roster, self.roster_version, self.next_roster = roster, 1, None
        self.jury, self.jury_version, self.next_jury = (jurors, 3), 1, None
        self.proved, self.last = {}, {}
        self.relayers = set()
        self.model = digest_of("genesis")
        self.round = 0
        self.open_next(opened_at)

    def open_next(self, time, wanted=None):
        self.round += 1
        self.submissions = []
        if self.finished():
            self.deadline = 0
            return
        self.deadline = time + ROUND_SECONDS
        if self.next_roster is not None:
            self.roster, self.next_roster = self.next_roster, None
            self.roster_version += 1
        if self.next_jury is not None:
            jury, enters_from = self.next_jury
            if wanted == signing.jury_hash(*jury) or time >= enters_from:
                self.jury, self.next_jury = jury, None
                self.jury_version += 1

    def finished(self):
        return self.round > ROUNDS

    def hash(self, skipped=0):
        if self.finished():
            return bytes(32)
        jury = signing.jury_hash(*self.jury)
        submissions = self.submissions[skipped:]
        return running_hash(self.round, self.model, self.roster.root, jury, submissions)

    @property
    def submitted(self):
        return sum(count for *_, count in self.submissions)

    @property
    def batched(self):
        return sum(count for kind, *_, count in self.submissions if kind == BATCH)

    @property
    def room(self):
        return 0 if self.finished() else len(self.roster.members) - self.batched

    def closed(self, time):
        return time >= self.deadline and self.submitted >= FEWEST

    def phase(self, time):
        if self.finished():
            return FINISHED
        return CLOSED if self.closed(time) else OPEN

    def wrong_round(self, given):
        if self.finished():
            return ("TaskFinished",)
        return None if given == self.round else ("WrongRound", given, self.round)

    def submit(self, client, given, digest, proof, time):
        proved = self.proved.get(client) == self.roster_version
        is_member = client in self.roster.members and proof == self.roster.proof(client)
        error = self.wrong_round(given)
        if error is None and self.closed(time):
            error = ("RoundClosed", given, self.deadline)
        elif error is None and self.submitted - self.batched == MOST:
            error = ("RoundFull", given, MOST)
        elif error is None and not (proved or is_member):
            error = ("NotInRoster", client, self.roster_version)
        elif error is None and self.last.get(client) == given:
            error = ("AlreadySubmitted", client, given)
        if error is None:
            self.proved[client], self.last[client] = self.roster_version, given
            self.submissions.append(lone(client, digest))
            everybody = self.submitted - self.batched == len(self.roster.members)
            if self.submitted >= FEWEST and (everybody or time >= self.deadline):
                self.deadline = time
        return error

    def batch(self, relayer, given, digest, count, time):
        error = self.wrong_round(given)
        end = self.deadline - ROUND_SECONDS + BATCH_SECONDS
        if error is None and relayer not in self.relayers:
            error = ("NotARelayer", relayer)
        elif error is None and self.closed(time):
            error = ("RoundClosed", given, self.deadline)
        elif error is None and time >= end:
            error = ("TooLateForBatches", given, end)
        elif error is None and not 0 < count <= self.room:
            error = ("InvalidBatchCount", count, self.room)
        if error is None:
            self.submissions.append(batch(relayer, digest, count))
        return error

    def finalize(self, report, verdicts, signers, time):
        jurors, quorum = self.jury
        expected_hash = self.hash()
        length = self.submitted
        strangers = [signer for signer in signers if signer not in jurors]
        # In the contract's order: the first that is so is told.
        problems = [
            (self.wrong_round(report.round), *(self.wrong_round(report.round) or ())),
            (not self.closed(time), "RoundNotClosed", self.round, length, self.deadline),
            (
                report.updates_hash != expected_hash,
                "WrongUpdatesHash",
                report.updates_hash,
                expected_hash,
            ),
            (
                report.jury_version != self.jury_version,
                "WrongJuryVersion",
                report.jury_version,
                self.jury_version,
            ),
            (len(verdicts) != length, "WrongVerdictsLength", len(verdicts), length),
            (len(signers) < quorum, "QuorumNotReached", len(signers), quorum),
            (
                strangers,
                "NotAJuror",
                *(strangers[0].address for _ in strangers[:1]),
                self.jury_version,
            ),
        ]
        for is_so, *error in problems:
            if is_so:
                return error
        self.model = report.model_digest
        self.open_next(time, report.next_jury)
        return None

    def void(self, given, by_coordinator, who, time):
        error = self.wrong_round(given)
        if error is None and not by_coordinator and not self.closed(time):
            error = ("OwnableUnauthorizedAccount", who)
        grace = GRACE_SECONDS * (1 if by_coordinator else 10)
        if error is None and time < self.deadline + grace:
            error = ("TooEarlyToVoid", given, self.deadline + grace)
        if error is None:
            self.open_next(time)
        return error


def expecting(error):
    return nullcontext() if error is None else reverting(*error)


WHO = strategy("uint8", max_value=5)
# Mostly the round that is on; sometimes the one before or after.
SHIFT = strategy("uint8", max_value=7)
FLAW = strategy("uint8", max_value=7)
SIZE = strategy("uint8", min_value=1, max_value=5)
MEMBERS = strategy("uint8", max_value=5)
CONSENT = strategy("bool")
COUNT = strategy("uint8", max_value=4)
SECONDS = strategy("uint32", min_value=2, max_value=2 * ROUND_SECONDS)


class Machine(RuleBasedStateMachine):
    """Hypothesis's own machine: the compiled Brownie refuses the classes that its own one makes."""

    def __init__(self, create, accounts):
        super().__init__()
        chain.revert()
        self.accounts = list(accounts[1:7])
        members = self.accounts[:4]
        terms = {"minUpdates": FEWEST, "maxUpdates": MOST, "rounds": ROUNDS}
        self.federation = create(members=members, relayers=self.accounts[3:5], **terms)
        self.task = self.federation.task
        self.owner = {"from": self.federation.coordinator}
        opened_at = self.federation.creation.timestamp
        self.model = Model(self.federation.roster, self.federation.jurors, opened_at)
        self.model.relayers.update(self.accounts[3:5])

    def given_round(self, shift):
        return self.model.round + {0: -1, 1: 1}.get(shift, 0)

    @rule(who=WHO, shift=SHIFT, flaw=FLAW)
    def submit(self, who, shift, flaw):
        client, given = self.accounts[who], self.given_round(shift)
        digest = digest_of(f"{who} {given}")
        # Mostly the round's roster proves it; sometimes the first one or none does.
        roster = {0: self.federation.roster, 1: Roster([])}.get(flaw, self.model.roster)
        proof = roster.proof(client)
        with expecting(self.model.submit(client, given, digest, proof, now() + 1)):
            self.task.submitUpdate(given, digest, proof, {"from": client})

    @rule(who=WHO)
    def submit_rightly(self, who):
        # Updates twice as often as anything else: without them little happens.
        self.submit(who, shift=2, flaw=2)

    @rule(who=WHO, shift=SHIFT, count=COUNT)
    def post_a_batch(self, who, shift, count):
        relayer, given = self.accounts[who], self.given_round(shift)
        digest = digest_of(f"batch of {who} {given}")
        with expecting(self.model.batch(relayer, given, digest, count, now() + 1)):
            self.task.submitBatch(given, count, digest, {"from": relayer})

    @rule(who=WHO, allowed=CONSENT)
    def set_relayer(self, who, allowed):
        relayer = self.accounts[who]
        self.task.setRelayer(relayer, allowed, self.owner)
        (self.model.relayers.add if allowed else self.model.relayers.discard)(relayer)

    @rule(count=COUNT)
    def post_rightly(self, count):
        # By one that is mostly a relayer, in the round that is on.
        relayer = next(iter(sorted(self.model.relayers, key=str)), self.accounts[0])
        self.post_a_batch(self.accounts.index(relayer), shift=2, count=count)

    @rule(flaw=FLAW, consent=CONSENT)
    def finalize(self, flaw, consent):
        model = self.model
        jurors, quorum = model.jury
        wanted = model.next_jury[0] if consent and model.next_jury else model.jury
        report = signing.Report(
            round=model.round + (flaw == 1),
            jury_version=model.jury_version + (flaw == 2),
            updates_hash=model.hash(skipped=flaw == 3),
            attempt=flaw,
            accuracy=900,
            model_digest=digest_of(f"model {model.round}"),
            record_digest=digest_of("record"),
            next_jury=signing.jury_hash(*wanted),
        )
        verdicts = ACCEPTED * model.submitted + bytes(flaw == 4)
        signers = jurors[: quorum - (flaw == 5)]
        if flaw == 6:
            signers = JURORS
        signatures = self.federation.sign(report, verdicts, signers, model.model)
        with expecting(model.finalize(report, verdicts, signers, now() + 1)):
            self.task.finalizeRound(report.as_tuple(), verdicts, signatures, self.owner)

    @rule(shift=SHIFT, by_coordinator=CONSENT)
    def void(self, shift, by_coordinator):
        given = self.given_round(shift)
        who = self.federation.coordinator if by_coordinator else self.accounts[5]
        with expecting(self.model.void(given, by_coordinator, who, now() + 1)):
            self.task.voidRound(given, {"from": who})

    @rule(size=SIZE)
    def announce(self, size):
        jurors, quorum = JURORS[-size:], size * 2 // 3 + 1
        enters_from = now() + 1 + NOTICE_SECONDS
        self.task.setJury(signing.addresses(jurors), quorum, self.owner)
        self.model.next_jury = ((jurors, quorum), enters_from)

    @rule(first=MEMBERS, size=MEMBERS)
    def set_roster(self, first, size):
        roster = Roster(self.accounts[first : first + size])
        self.task.setRoster(roster.as_tuple(), self.owner)
        self.model.next_roster = roster

    @rule(seconds=SECONDS)
    def travel(self, seconds):
        mine_at(now() + seconds)

    @rule(flaw=FLAW)
    def travel_to_the_end_of_a_notice(self, flaw):
        # Rarely: most of the run should be about consent.
        if flaw == 0:
            mine_at(now() + NOTICE_SECONDS)

    @invariant()
    def is_as_the_model(self):
        model, task = self.model, self.task
        assert self.federation.current() == {
            "number": model.round,
            "submitted": model.submitted,
            "batched": model.batched,
            "deadline": model.deadline,
            "rosterVersion": model.roster_version,
            "juryVersion": model.jury_version,
            "updatesHash": model.hash(),
            "modelDigest": model.model,
        }
        assert task.phase() == model.phase(now())
        assert task.batchRoom() == model.room

    def teardown(self):
        """What takes many calls to see is looked at once, in the end."""
        model, task = self.model, self.task
        jurors, quorum = model.jury
        sitting = (model.jury_version, signing.jury_hash(jurors, quorum), len(jurors), quorum)
        assert plain(task.jury()) == sitting
        waiting = (0, bytes(32), 0, 0, 0)
        if model.next_jury is not None:
            (jurors, quorum), enters_from = model.next_jury
            name = signing.jury_hash(jurors, quorum)
            waiting = (model.jury_version + 1, name, len(jurors), quorum, enters_from)
        assert plain(task.nextJury()) == waiting
        roster = model.roster
        assert plain(task.roster()) == (model.roster_version, roster.root, len(roster.members))
        following = (0, bytes(32), 0)
        if model.next_roster is not None:
            members = model.next_roster.members
            following = (model.roster_version + 1, model.next_roster.root, len(members))
        assert plain(task.nextRoster()) == following
        for client in self.accounts:
            assert task.isRelayer(client) == (client in model.relayers)
            standing = (model.proved.get(client, 0), model.last.get(client, 0))
            assert plain(task.clientOf(client)) == standing


def test_the_contract_does_what_the_model_does(create, accounts):
    chain.snapshot()
    run_state_machine_as_test(
        lambda: Machine(create, accounts),
        # How long a step takes says something of the machine, nothing of the contract.
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=HealthCheck.all(),
        ),
    )
