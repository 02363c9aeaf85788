// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IFederatedTask} from "@fedjury/interfaces/IFederatedTask.sol";
import {FederatedTask} from "@fedjury/FederatedTask.sol";
import {TaskFactory} from "@fedjury/TaskFactory.sol";

import {CHEATS, deploy} from "./Cheats.sol";

/// @title What halmos makes up
interface Symbols {
    function enableSymbolicStorage(address target) external;
    function createAddress(string memory name) external pure returns (address);
    function createBytes(uint256 length, string memory name) external pure returns (bytes memory);
    function createBytes32(string memory name) external pure returns (bytes32);
    function createUint256(string memory name) external pure returns (uint256);
    function createUint(uint256 bits, string memory name) external pure returns (uint256);
    function snapshotStorage(address target) external returns (uint256);
}

Symbols constant SYMBOLS = Symbols(0xF3993A62377BCd56AE39D773740A5390411E8BC9);

/// @title One call by anybody from any state
/// @notice The task's storage is whatever halmos likes, so that what holds after one call from there holds
/// after any number of calls. Lengths are bounded: two verdicts, two signatures of up to three jurors, three
/// that are announced, four whose names are looked up, two hashes of proof.
contract InductionTest {
    // Where the task keeps the state of its round and the members of its juries: setUp looks.
    uint256 private constant ROUND = 4;
    uint256 private constant MEMBERS = 15;
    uint32 private constant FEWEST = 1;
    uint32 private constant MOST = 3;

    FederatedTask private task;
    address private factory;
    // Any jury and any account: what holds of them holds of all.
    bytes32 private someJury;
    address private someone;

    struct State {
        uint32 number;
        uint32 submitted;
        uint32 batched;
        uint256 bounds;
        uint32 rosterSize;
        uint64 deadline;
        bytes32 updates;
        bytes32 model;
        uint32 juryVersion;
        bytes32 jury;
        uint32 quorum;
        bool pending;
        bytes32 next;
        uint32 nextQuorum;
        uint64 entersFrom;
        bytes32 someMembers;
        bool someoneIsRelayer;
        IFederatedTask.Phase phase;
    }

    function setUp() external {
        address[] memory jurors = new address[](1);
        jurors[0] = address(0x11);
        IFederatedTask.Config memory config = IFederatedTask.Config({
            specDigest: keccak256("spec"),
            genesisDigest: keccak256("genesis"),
            roundSeconds: 1000,
            batchSeconds: 400,
            availabilitySeconds: 100,
            graceSeconds: 400,
            noticeSeconds: 1 days,
            minUpdates: FEWEST,
            maxUpdates: MOST,
            rounds: 1000
        });
        IFederatedTask.Roster memory nobody;
        TaskFactory made = TaskFactory(deploy("TaskFactory.sol:TaskFactory"));
        factory = address(made);
        address created = made.createTask(config, nobody, jurors, 1, new address[](0), 0);
        bytes32 jury = keccak256(abi.encode(jurors, uint32(1)));
        assert(CHEATS.load(created, keccak256(abi.encode(jury, MEMBERS))) == bytes32(uint256(0x11)));
        assert(uint32(uint256(CHEATS.load(created, bytes32(ROUND)))) == 1);
        // What creating it wrote would stay as it is. At another address nothing is written yet.
        task = FederatedTask(address(0x7A5C));
        CHEATS.etch(address(task), created.code);
    }

    /// @notice Any state of a task that was set up, at any time of the next thousands of years, after the
    /// first of its rounds and before the counters overflow.
    function anyState() private returns (State memory state) {
        SYMBOLS.enableSymbolicStorage(address(task));
        CHEATS.warp(SYMBOLS.createUint(38, "now"));
        someJury = SYMBOLS.createBytes32("some jury");
        someone = SYMBOLS.createAddress("someone");
        state = look();
        CHEATS.assume(state.number != 0 && state.number < type(uint32).max);
        (uint32 rosterVersion, , ) = task.roster();
        CHEATS.assume(state.juryVersion < type(uint32).max && rosterVersion < type(uint32).max);
        CHEATS.assume(invariantHolds(state));
    }

    /// @notice The invariant: an announced jury has a hash, because hashing made it; and a round has the bounds
    /// of its config and holds no more updates than they, its roster and its report have room for. Each call
    /// keeps it.
    function invariantHolds(State memory state) private pure returns (bool holds) {
        (bool pending, bytes32 next, uint256 bounds) = (state.pending, state.next, state.bounds);
        (uint256 submitted, uint256 batched, uint256 size) = (state.submitted, state.batched, state.rosterSize);
        uint256 wanted = FEWEST + (uint256(MOST) << 20);
        uint256 most = MOST;
        // One path, whichever of them holds.
        assembly {
            holds := or(iszero(pending), gt(next, 0))
            holds := and(holds, eq(bounds, wanted))
            holds := and(holds, iszero(gt(batched, size)))
            holds := and(holds, iszero(gt(add(batched, most), 120000)))
            holds := and(holds, iszero(lt(submitted, batched)))
            holds := and(holds, iszero(gt(sub(submitted, batched), most)))
        }
    }

    function look() private view returns (State memory state) {
        (
            state.number,
            state.submitted,
            state.batched,
            state.deadline,
            ,
            ,
            state.updates,
            state.model
        ) = task.currentRound();
        state.bounds = (uint256(CHEATS.load(address(task), bytes32(ROUND))) >> 92) & type(uint40).max;
        (, , state.rosterSize) = task.roster();
        (state.juryVersion, state.jury, , state.quorum) = task.jury();
        uint32 version;
        (version, state.next, , state.nextQuorum, state.entersFrom) = task.nextJury();
        state.pending = version != 0;
        state.someMembers = keccak256(abi.encode(words(someJury)));
        state.someoneIsRelayer = task.isRelayer(someone);
        state.phase = task.phase();
    }

    /// @notice What stands under a jury's hash, as far as the fourth member.
    function words(bytes32 jury) private view returns (uint256[3] memory kept) {
        uint256 slot = uint256(keccak256(abi.encode(jury, MEMBERS)));
        for (uint256 i = 0; i < 3; ++i) kept[i] = uint256(CHEATS.load(address(task), bytes32(slot + i)));
    }

    /// @notice The addresses of the first four members: 160 bits each, without gaps.
    function places(uint256[3] memory kept) private pure returns (address[4] memory seats) {
        seats[0] = address(uint160(kept[0]));
        seats[1] = address(uint160((kept[0] >> 160) | (kept[1] << 96)));
        seats[2] = address(uint160(kept[1] >> 64));
        seats[3] = address(uint160((kept[1] >> 224) | (kept[2] << 32)));
    }

    function isOneOf(address account, address[4] memory seats) private pure returns (bool found) {
        for (uint256 i = 0; i < 4; ++i) {
            address seat = seats[i];
            // One path, whichever it is.
            assembly {
                found := or(found, eq(account, seat))
            }
        }
    }

    /// @notice The round, its model and its jury are as before.
    function assertSameRound(State memory before, State memory later) private pure {
        assert(invariantHolds(later));
        assert(later.number == before.number);
        assert(later.model == before.model);
        assertSameJury(before, later);
    }

    function assertSameJury(State memory before, State memory later) private pure {
        assert(later.juryVersion == before.juryVersion);
        assert(later.jury == before.jury);
        assert(later.quorum == before.quorum);
    }

    function assertSameUpdates(State memory before, State memory later) private pure {
        assert(later.updates == before.updates);
        assert(later.submitted == before.submitted);
        assert(later.batched == before.batched);
        assert(later.deadline == before.deadline);
    }

    /// @notice Nobody came into any jury or left one, or became a relayer or none, and who is announced waits as
    /// long as before.
    function assertSameJuries(State memory before, State memory later) private pure {
        assert(later.someMembers == before.someMembers);
        assert(later.someoneIsRelayer == before.someoneIsRelayer);
        assertSameAnnouncement(before, later);
    }

    function assertSameAnnouncement(State memory before, State memory later) private pure {
        assert(later.pending == before.pending);
        assert(later.next == before.next);
        assert(later.nextQuorum == before.nextQuorum);
        assert(later.entersFrom == before.entersFrom);
    }

    function assertSame(State memory before, State memory later) private pure {
        assertSameRound(before, later);
        assertSameUpdates(before, later);
        assertSameJuries(before, later);
    }

    /// @notice The round holds nothing, and its hash starts from all that it is judged by.
    function assertFresh(State memory state) private view {
        (, bytes32 root, ) = task.roster();
        bytes32 start = keccak256(abi.encode(state.number, state.model, root, state.jury));
        assert(state.submitted == 0 && state.batched == 0);
        assert(state.updates == (state.phase == IFederatedTask.Phase.Finished ? bytes32(0) : start));
    }

    /// @notice A jury that enters is the announced one, and has consent or the end of its notice.
    function assertNext(State memory before, State memory later, bytes32 wanted) private view {
        assert(invariantHolds(later));
        assert(later.number == before.number + 1);
        assertFresh(later);
        assert(later.someMembers == before.someMembers);
        assert(later.someoneIsRelayer == before.someoneIsRelayer);
        if (later.juryVersion == before.juryVersion) {
            assertSameJury(before, later);
            assertSameAnnouncement(before, later);
            return;
        }
        assert(before.pending && !later.pending);
        assert(later.juryVersion == before.juryVersion + 1);
        assert(later.jury == before.next && later.quorum == before.nextQuorum);
        assert(block.timestamp >= before.entersFrom || wanted == before.next);
    }

    function check_a_report_needs_a_quorum_of_the_sitting_jury(
        IFederatedTask.Report memory report,
        address caller
    ) external {
        State memory before = anyState();
        bytes memory verdicts = SYMBOLS.createBytes(2, "verdicts");
        bytes memory signatures = SYMBOLS.createBytes(2 * 65, "signatures");
        bytes32 digest = task.hashReport(report, verdicts);
        address[4] memory seats = places(words(before.jury));
        (, , uint32 size, ) = task.jury();
        CHEATS.assume(size <= 3);

        CHEATS.prank(caller);
        try task.finalizeRound(report, verdicts, signatures) {
            State memory later = look();
            assert(before.phase == IFederatedTask.Phase.Closed);
            assert(report.round == before.number && report.updatesHash == before.updates);
            assert(before.submitted == 2);
            assert(later.model == report.modelDigest);
            assertNext(before, later, report.nextJury);
            assert(before.quorum <= 2);
            address previous = address(0);
            for (uint256 i = 0; i < 2; ++i) {
                bytes32 r;
                bytes32 s;
                uint8 v;
                assembly {
                    let start := add(add(signatures, 32), mul(i, 65))
                    r := mload(start)
                    s := mload(add(start, 32))
                    v := byte(0, mload(add(start, 64)))
                }
                address signer = ecrecover(digest, v, r, s);
                assert(signer > previous);
                assert(isOneOf(signer, seats));
                previous = signer;
            }
        } catch {
            assertSame(before, look());
        }
    }

    function check_a_submission_has_one_place_in_the_running_hash(
        uint32 round,
        bytes32 digest,
        address caller
    ) external {
        State memory before = anyState();
        (, uint32 lastRound) = task.clientOf(caller);
        bytes32[] memory proof = new bytes32[](2);
        proof[0] = SYMBOLS.createBytes32("sibling 0");
        proof[1] = SYMBOLS.createBytes32("sibling 1");

        CHEATS.prank(caller);
        try task.submitUpdate(round, digest, proof) {
            State memory later = look();
            assertSameRound(before, later);
            assertSameJuries(before, later);
            assert(before.phase == IFederatedTask.Phase.Open);
            assert(later.submitted == before.submitted + 1 && later.batched == before.batched);
            assert(
                later.updates ==
                    keccak256(abi.encode(before.updates, uint8(0), caller, digest, uint32(1)))
            );
            (, uint32 lastRound_) = task.clientOf(caller);
            assert(lastRound != before.number && lastRound_ == before.number);
        } catch {
            assertSame(before, look());
        }
    }

    function check_a_batch_has_one_place_in_the_running_hash(
        uint32 round,
        uint32 count,
        bytes32 digest,
        address caller
    ) external {
        State memory before = anyState();
        bool isRelayer = task.isRelayer(caller);
        uint32 room = task.batchRoom();
        (, uint32 lastRound) = task.clientOf(someone);

        CHEATS.prank(caller);
        try task.submitBatch(round, count, digest) {
            State memory later = look();
            assertSameRound(before, later);
            assertSameJuries(before, later);
            assert(isRelayer && round == before.number && digest != 0);
            assert(before.phase == IFederatedTask.Phase.Open && later.phase == IFederatedTask.Phase.Open);
            assert(later.deadline == before.deadline);
            assert(block.timestamp < uint256(before.deadline) - 1000 + 400);
            assert(count != 0 && count <= room && task.batchRoom() == room - count);
            assert(later.submitted == before.submitted + count && later.batched == before.batched + count);
            assert(later.updates == keccak256(abi.encode(before.updates, uint8(1), caller, digest, count)));
            (, uint32 lastRound_) = task.clientOf(someone);
            assert(lastRound == lastRound_);
        } catch {
            assertSame(before, look());
        }
    }

    function check_only_the_coordinator_names_relayers(address relayer, bool allowed, address caller) external {
        State memory before = anyState();
        address owner = task.owner();

        CHEATS.prank(caller);
        try task.setRelayer(relayer, allowed) {
            State memory later = look();
            assert(caller == owner);
            assert(task.isRelayer(relayer) == allowed);
            assert(later.someoneIsRelayer == (someone == relayer ? allowed : before.someoneIsRelayer));
            later.someoneIsRelayer = before.someoneIsRelayer;
            assertSame(before, later);
        } catch {
            assertSame(before, look());
        }
    }

    function check_a_juror_is_who_stands_under_its_jurys_hash() external {
        anyState();
        uint256[3] memory kept = words(someJury);
        address[4] memory seats = places(kept);
        // Four jurors or fewer, as they are announced: ascending, and nothing behind the last one.
        bytes32 behind = bytes32(uint256(keccak256(abi.encode(someJury, MEMBERS))) + 3);
        CHEATS.assume(kept[2] >> 128 == 0 && CHEATS.load(address(task), behind) == 0);
        for (uint256 i = 0; i < 3; ++i) {
            (address juror, address next) = (seats[i], seats[i + 1]);
            bool ascends;
            assembly {
                ascends := or(iszero(next), and(lt(juror, next), gt(juror, 0)))
            }
            CHEATS.assume(ascends);
        }

        assert(task.isJuror(someJury, someone) == (someone != address(0) && isOneOf(someone, seats)));
    }

    function check_voiding_is_late_and_lets_nobody_in_early(uint32 round, address caller) external {
        State memory before = anyState();
        address owner = task.owner();

        CHEATS.prank(caller);
        try task.voidRound(round) {
            State memory later = look();
            assert(later.model == before.model);
            assertNext(before, later, 0);
            assert(round == before.number && before.phase != IFederatedTask.Phase.Finished);
            assert(block.timestamp >= uint256(before.deadline) + 400);
            if (caller != owner) {
                assert(before.phase == IFederatedTask.Phase.Closed);
                assert(block.timestamp >= uint256(before.deadline) + 4000);
            }
        } catch {
            assertSame(before, look());
        }
    }

    function check_an_announcement_starts_its_clock_and_nothing_else(uint32 quorum, address caller) external {
        State memory before = anyState();
        address owner = task.owner();
        address[] memory jurors = new address[](3);
        for (uint256 i = 0; i < 3; ++i) jurors[i] = SYMBOLS.createAddress("juror");
        bytes32 name = keccak256(abi.encode(jurors, quorum));
        uint256[3] memory seated = [
            uint256(uint160(jurors[0])) | (uint256(uint160(jurors[1])) << 160),
            (uint256(uint160(jurors[1])) >> 96) | (uint256(uint160(jurors[2])) << 64),
            0
        ];
        // No two juries have one hash: there is nothing under it, or this very jury.
        uint256[3] memory there = words(name);
        for (uint256 i = 0; i < 3; ++i) CHEATS.assume(there[i] == (there[0] == 0 ? 0 : seated[i]));

        CHEATS.prank(caller);
        try task.setJury(jurors, quorum) {
            State memory later = look();
            assert(caller == owner);
            assertSameRound(before, later);
            assertSameUpdates(before, later);
            assert(later.pending && later.next == name);
            assert(later.nextQuorum == quorum);
            assert(later.entersFrom == block.timestamp + 1 days);
            assert(3 * uint256(quorum) > 2 * 3 && quorum <= 3);
            assert(jurors[0] != address(0) && jurors[0] < jurors[1] && jurors[1] < jurors[2]);
            there = words(name);
            for (uint256 i = 0; i < 3; ++i) assert(there[i] == seated[i]);
            assert(someJury == name || later.someMembers == before.someMembers);
            assert(later.someoneIsRelayer == before.someoneIsRelayer);
        } catch {
            assertSame(before, look());
        }
    }

    function check_a_roster_waits_and_changes_nothing_else(
        IFederatedTask.Roster memory roster,
        address caller
    ) external {
        State memory before = anyState();
        (uint32 version, bytes32 root, uint32 size) = task.roster();
        address owner = task.owner();

        CHEATS.prank(caller);
        try task.setRoster(roster) {
            assert(caller == owner);
        } catch {}
        assertSame(before, look());
        (uint32 version_, bytes32 root_, uint32 size_) = task.roster();
        assert(version == version_ && root == root_ && size == size_);
    }

    function check_a_change_of_coordinator_changes_nothing_else(address heir, address caller) external {
        State memory before = anyState();

        CHEATS.prank(caller);
        try task.transferOwnership(heir) {} catch {}
        CHEATS.prank(heir);
        try task.acceptOwnership() {} catch {}
        CHEATS.prank(caller);
        try task.renounceOwnership() {
            assert(false);
        } catch {}
        assertSame(before, look());
    }

    function check_a_disclosure_writes_nothing(uint32 slice, bytes32 digest, address caller) external {
        State memory before = anyState();
        uint256 kept = SYMBOLS.snapshotStorage(address(task));

        CHEATS.prank(caller);
        try task.discloseSlice(slice, digest) {
            assert(slice != 0 && digest != 0);
        } catch {
            assert(slice == 0 || digest == 0);
        }
        assert(SYMBOLS.snapshotStorage(address(task)) == kept);
        assertSame(before, look());
    }

    function check_a_task_is_not_set_up_twice(address coordinator, bool byFactory, address caller) external {
        State memory before = anyState();
        IFederatedTask.Roster memory nobody;
        address[] memory jurors = new address[](1);
        jurors[0] = SYMBOLS.createAddress("juror");

        CHEATS.prank(byFactory ? factory : caller);
        try task.initialize(coordinator, nobody, jurors, 1, jurors) {
            assert(false);
        } catch {
            assertSame(before, look());
        }
    }
}
