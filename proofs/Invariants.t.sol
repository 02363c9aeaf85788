// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IFederatedTask} from "@fedjury/interfaces/IFederatedTask.sol";

import {CHEATS, deploy} from "./Cheats.sol";
import {Federation} from "./Federation.sol";

/// @title Everybody does whatever they may, in any order
/// @notice After each call it is held against the state before: what must never happen is noted as broken.
contract Actors is Federation {
    uint256 public finalizedByQuorum;
    uint256 public submissions;
    bool public finalizedWithoutQuorum;
    bool public juryTooEarly;
    bool public wentBack;
    bool public endedOtherwise;
    bool public lostUpdate;
    bool public tooMany;
    bool public batchEndedOrLate;
    bool public batchOfNobodys;

    // Forge forgets between two calls what time it was.
    uint256 internal time;
    bool internal isEnding;
    bytes32 internal consent;
    mapping(bytes32 jury => uint256) internal lastAnnounced;
    mapping(address member => uint32) internal lastRound;
    mapping(address account => bool) internal named;

    modifier watched() {
        CHEATS.warp(time);
        (uint32 number, , , , , , bytes32 hash, bytes32 model) = task.currentRound();
        (, bytes32 jury, , ) = task.jury();
        (, bytes32 next, , , ) = task.nextJury();
        isEnding = false;
        consent = 0;
        _;
        (uint32 number_, uint32 submitted_, uint32 batched_, , , , bytes32 hash_, bytes32 model_) = task
            .currentRound();
        (, bytes32 jury_, , ) = task.jury();
        if (number_ < number || number_ > number + 1) wentBack = true;
        if (number_ != number && !isEnding) endedOtherwise = true;
        if (model_ != model && consent == 0) finalizedWithoutQuorum = true;
        if (jury_ != jury) {
            bool due = block.timestamp >= lastAnnounced[next] + NOTICE || consent == next;
            if (number_ == number || jury_ != next || !due) juryTooEarly = true;
        }
        if (number_ == number && hash_ != hash && submitted_ == 0) lostUpdate = true;
        (, , uint32 size) = task.roster();
        if (batched_ > size || submitted_ > batched_ + 3) tooMany = true;
    }

    constructor() {
        time = block.timestamp;
        build(0);
        named[relayers[0]] = true;
    }

    /// @notice A round that comes to its end, without which little happens.
    function play(uint8 signers, bool agreed, bytes32 model) external {
        for (uint256 who = 0; who < 3; ++who) this.submit(who, keccak256(abi.encode(who, model)));
        this.finalize(signers | 0x07, agreed, model);
    }

    /// @notice A round that opens, and a batch before its deadline.
    function playAndPost(uint32 secondsOn, uint8 count, bytes32 model) external {
        this.play(0x07, false, model);
        this.travel(secondsOn % ROUND);
        this.post(0, count, model);
    }

    function submit(uint256 who, bytes32 digest) external watched {
        who %= 3;
        (uint32 number, uint32 submitted, , , , , bytes32 hash, ) = task.currentRound();
        CHEATS.prank(members[who]);
        try task.submitUpdate(number, digest, proof(who)) {
            ++submissions;
            (, uint32 submitted_, , , , , bytes32 hash_, ) = task.currentRound();
            bytes32 expected = keccak256(abi.encode(hash, uint8(0), members[who], digest, uint32(1)));
            if (hash_ != expected || submitted_ != submitted + 1) lostUpdate = true;
            if (lastRound[members[who]] == number) lostUpdate = true;
            lastRound[members[who]] = number;
        } catch {}
    }

    function post(uint256 who, uint8 count, bytes32 digest) external watched {
        address relayer = relayers[who % 3];
        count %= 5;
        (uint32 number, uint32 submitted, uint32 batched, uint64 deadline, , , bytes32 hash, ) = task
            .currentRound();
        CHEATS.prank(relayer);
        try task.submitBatch(number, count, digest) {
            submissions += count;
            if (!named[relayer]) batchOfNobodys = true;
            if (block.timestamp >= deadline - ROUND + BATCHES) batchEndedOrLate = true;
            if (task.phase() != IFederatedTask.Phase.Open) batchEndedOrLate = true;
            (, uint32 submitted_, uint32 batched_, uint64 deadline_, , , bytes32 hash_, ) = task.currentRound();
            if (deadline_ != deadline) batchEndedOrLate = true;
            bytes32 expected = keccak256(abi.encode(hash, uint8(1), relayer, digest, uint32(count)));
            if (hash_ != expected || count == 0) lostUpdate = true;
            if (submitted_ != submitted + count || batched_ != batched + count) lostUpdate = true;
        } catch {}
    }

    function setRelayer(uint256 who, bool allowed, bool byCoordinator) external watched {
        address relayer = relayers[who % 3];
        CHEATS.prank(byCoordinator ? COORDINATOR : relayer);
        try task.setRelayer(relayer, allowed) {
            if (byCoordinator) named[relayer] = allowed;
        } catch {}
    }

    /// @notice `signers` says by its bits which jurors sign, and whether the puppet does.
    function finalize(uint8 signers, bool agreed, bytes32 model) external watched {
        (uint32 number, uint32 submitted, , , , uint32 version, bytes32 hash, ) = task.currentRound();
        (, bytes32 jury, , ) = task.jury();
        IFederatedTask.Report memory report = IFederatedTask.Report({
            round: number,
            juryVersion: version,
            updatesHash: hash,
            attempt: 0,
            accuracy: 0xffff,
            modelDigest: model,
            recordDigest: keccak256("record"),
            nextJury: agreed ? announced : sitting
        });
        bytes memory verdicts = new bytes(submitted);
        (bytes memory signatures, uint256 count, bool puppet) = signed(
            signers,
            task.hashReport(report, verdicts)
        );
        try task.finalizeRound(report, verdicts, signatures) {
            isEnding = true;
            consent = report.nextJury;
            bool enough = jury == sitting ? count >= QUORUM && !puppet : puppet && count == 0;
            if (enough) ++finalizedByQuorum;
            else finalizedWithoutQuorum = true;
        } catch {}
    }

    function signed(
        uint8 signers,
        bytes32 digest
    ) private view returns (bytes memory signatures, uint256 count, bool puppet) {
        puppet = signers & 0x10 != 0;
        bool placed = !puppet;
        for (uint256 i = 0; i < JURORS; ++i) {
            if (!placed && puppets[0] < jurors[i]) {
                signatures = bytes.concat(signatures, sign(PUPPET, digest));
                placed = true;
            }
            if (signers & (1 << i) == 0) continue;
            signatures = bytes.concat(signatures, sign(keys[i], digest));
            ++count;
        }
        if (!placed) signatures = bytes.concat(signatures, sign(PUPPET, digest));
    }

    function voidRound(bool byCoordinator) external watched {
        (uint32 number, , , uint64 deadline, , , , ) = task.currentRound();
        IFederatedTask.Phase phase = task.phase();
        if (byCoordinator) CHEATS.prank(COORDINATOR);
        try task.voidRound(number) {
            isEnding = true;
            bool mine = byCoordinator && block.timestamp >= deadline + GRACE;
            bool anybodys = phase == IFederatedTask.Phase.Closed && block.timestamp >= deadline + 10 * GRACE;
            if (!mine && !anybodys) endedOtherwise = true;
        } catch {}
    }

    function announce(bool own, bool byCoordinator) external watched {
        if (byCoordinator) CHEATS.prank(COORDINATOR);
        if (own) {
            try task.setJury(puppets, 1) {
                lastAnnounced[announced] = block.timestamp;
            } catch {}
        } else {
            try task.setJury(jurors, QUORUM) {
                lastAnnounced[sitting] = block.timestamp;
            } catch {}
        }
    }

    function disclose(uint32 slice, bytes32 digest) external watched {
        (, , , uint64 deadline, , , bytes32 hash, ) = task.currentRound();
        try task.discloseSlice(slice, digest) {} catch {}
        (, , , uint64 deadline_, , , bytes32 hash_, ) = task.currentRound();
        if (hash_ != hash || deadline_ != deadline) endedOtherwise = true;
    }

    function setRoster(uint8 chance) external watched {
        IFederatedTask.Roster memory next;
        if (chance % 8 != 0) next = roster();
        CHEATS.prank(COORDINATOR);
        task.setRoster(next);
    }

    function travel(uint32 secondsOn) external watched {
        time += secondsOn % 5000;
    }


    function travelFar() external watched {
        time += NOTICE;
    }
}

contract InvariantsTest {
    Actors private actors;

    function setUp() external {
        CHEATS.warp(1_800_000_000);
        actors = Actors(deploy("Invariants.t.sol:Actors"));
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(actors);
    }

    function invariant_nothing_is_finalized_without_a_quorum_of_the_sitting_jury() external view {
        assert(!actors.finalizedWithoutQuorum());
    }

    function invariant_no_jury_enters_without_consent_before_its_notice() external view {
        assert(!actors.juryTooEarly());
    }

    function invariant_every_submission_has_one_place_in_the_running_hash() external view {
        assert(!actors.lostUpdate());
    }

    function invariant_the_round_never_goes_back() external view {
        assert(!actors.wentBack());
    }

    function invariant_only_finalizing_and_voiding_end_a_round() external view {
        assert(!actors.endedOtherwise());
    }

    function invariant_no_round_holds_more_than_its_roster_and_its_report_have_room_for() external view {
        assert(!actors.tooMany());
    }

    function invariant_no_batch_ends_a_round_or_comes_late() external view {
        assert(!actors.batchEndedOrLate());
    }

    function invariant_only_the_batches_of_named_relayers_land() external view {
        assert(!actors.batchOfNobodys());
    }
}
