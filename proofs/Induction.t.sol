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
/// after any number of calls. Lengths are bounded: two verdicts, up to three signatures or jurors, two hashes
/// of proof.
contract InductionTest {
    FederatedTask private task;
    address private factory;
    // Any jury and any account: what holds of them holds of all.
    bytes32 private someJury;
    address private someone;

    struct State {
        uint32 number;
        uint32 submitted;
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
        bool someoneIsOfSomeJury;
        IFederatedTask.Phase phase;
    }

    function setUp() external {
        address[] memory jurors = new address[](1);
        jurors[0] = address(0x11);
        IFederatedTask.Config memory config = IFederatedTask.Config({
            specDigest: keccak256("spec"),
            genesisDigest: keccak256("genesis"),
            roundSeconds: 1000,
            batchSeconds: 0,
            availabilitySeconds: 100,
            graceSeconds: 400,
            noticeSeconds: 1 days,
            minUpdates: 1,
            maxUpdates: 3,
            rounds: 1000
        });
        IFederatedTask.Roster memory nobody;
        TaskFactory made = TaskFactory(deploy("TaskFactory.sol:TaskFactory"));
        factory = address(made);
        address created = made.createTask(config, nobody, jurors, 1, 0);
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

    /// @notice The invariant: an announced jury has a hash, because hashing made it. Each call keeps it.
    function invariantHolds(State memory state) private pure returns (bool) {
        return !state.pending || state.next != 0;
    }

    function look() private view returns (State memory state) {
        (state.number, state.submitted, state.deadline, , , state.updates, state.model) = task.currentRound();
        (state.juryVersion, state.jury, , state.quorum) = task.jury();
        uint32 version;
        (version, state.next, , state.nextQuorum, state.entersFrom) = task.nextJury();
        state.pending = version != 0;
        state.someoneIsOfSomeJury = task.isJuror(someJury, someone);
        state.phase = task.phase();
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
        assert(later.deadline == before.deadline);
    }

    /// @notice Nobody came into any jury or left one, and who is announced waits as long as before.
    function assertSameJuries(State memory before, State memory later) private pure {
        assert(later.someoneIsOfSomeJury == before.someoneIsOfSomeJury);
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
        assert(state.submitted == 0);
        assert(state.updates == (state.phase == IFederatedTask.Phase.Finished ? bytes32(0) : start));
    }

    /// @notice A jury that enters is the announced one, and has consent or the end of its notice.
    function assertNext(State memory before, State memory later, bytes32 wanted) private view {
        assert(invariantHolds(later));
        assert(later.number == before.number + 1);
        assertFresh(later);
        assert(later.someoneIsOfSomeJury == before.someoneIsOfSomeJury);
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
        bytes memory signatures = SYMBOLS.createBytes(3 * 65, "signatures");
        bytes32 digest = task.hashReport(report, verdicts);

        CHEATS.prank(caller);
        try task.finalizeRound(report, verdicts, signatures) {
            State memory later = look();
            assert(before.phase == IFederatedTask.Phase.Closed);
            assert(report.round == before.number && report.updatesHash == before.updates);
            assert(before.submitted == 2);
            assert(later.model == report.modelDigest);
            assertNext(before, later, report.nextJury);
            assert(before.quorum <= 3);
            address previous = address(0);
            for (uint256 i = 0; i < 3; ++i) {
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
                assert(task.isJuror(before.jury, signer));
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
            assert(later.submitted == before.submitted + 1);
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

        CHEATS.prank(caller);
        try task.setJury(jurors, quorum) {
            State memory later = look();
            assert(caller == owner);
            assertSameRound(before, later);
            assertSameUpdates(before, later);
            assert(later.pending && later.next == keccak256(abi.encode(jurors, quorum)));
            assert(later.nextQuorum == quorum);
            assert(later.entersFrom == block.timestamp + 1 days);
            assert(3 * uint256(quorum) > 2 * 3 && quorum <= 3);
            bool named = someone == jurors[0] || someone == jurors[1] || someone == jurors[2];
            bool joined = someJury == later.next && named;
            assert(later.someoneIsOfSomeJury == (before.someoneIsOfSomeJury || joined));
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
        try task.initialize(coordinator, nobody, jurors, 1) {
            assert(false);
        } catch {
            assertSame(before, look());
        }
    }
}
