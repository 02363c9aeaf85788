// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IFederatedTask} from "./interfaces/IFederatedTask.sol";
import {ConfigCodec} from "./libraries/ConfigCodec.sol";
import {Juries} from "./libraries/Juries.sol";
import {ReportHash} from "./libraries/ReportHash.sol";
import {Rosters} from "./libraries/Rosters.sol";
import {UpdatesHash} from "./libraries/UpdatesHash.sol";
import {ClientState, submittedUnder} from "./types/ClientState.sol";
import {RoundState} from "./types/RoundState.sol";

/// @title One federated learning task
/// @notice Clients submit updates of a global model round by round, themselves or in batches that relayers
/// post. A quorum of the jury signs its verdicts on the updates and the next model. The coordinator says who
/// may submit and post, and announces another jury, which judges when the one before agrees or when the notice
/// is over.
/// @dev Minimal proxies, whose immutable arguments are the packed config, run this code. An update writes
/// the slot of the round's state, the running hash and the slot of its client. No function loops over past
/// rounds or over clients.
contract FederatedTask is IFederatedTask, Ownable2Step, EIP712 {
    using Juries for Juries.Members;

    /// @notice How many times the grace must be over before anyone may void a closed round.
    uint256 private constant PUBLIC_GRACE_FACTOR = 10;

    address private immutable _FACTORY;
    address private immutable _IMPLEMENTATION;

    RoundState private _round;
    bytes32 private _updatesHash;
    bytes32 private _modelDigest;
    bytes32 private _rosterRoot;
    bytes32 private _jury;
    /// @dev Counts while the round's state says that one is pending, as does the announced jury.
    Rosters.Pending private _nextRoster;
    Juries.Announced private _nextJury;
    mapping(address account => ClientState) private _clients;
    mapping(address account => bool) private _relayers;
    Juries.Members private _members;

    /// @notice Deploys the shared implementation, which has no owner and no round and so does nothing.
    constructor() Ownable(msg.sender) EIP712("fedjury", "2") {
        _FACTORY = msg.sender;
        _IMPLEMENTATION = address(this);
        _transferOwnership(address(0));
    }

    /// @inheritdoc IFederatedTask
    function initialize(
        address coordinator,
        Roster calldata first,
        address[] calldata jurors,
        uint32 quorum,
        address[] calldata relayers
    ) external {
        if (msg.sender != _FACTORY) revert NotTheFactory(msg.sender);
        if (_round.number() != 0) revert AlreadyInitialized();
        if (coordinator == address(0)) revert OwnableInvalidOwner(address(0));
        Config memory fixed_ = config();

        _transferOwnership(coordinator);
        RoundState fresh = RoundState.wrap(0).withUpdateBounds(fixed_.minUpdates, fixed_.maxUpdates);
        Rosters.requireValid(first);
        _rosterRoot = first.root;
        fresh = fresh.withRoster(first.size);
        emit RosterSet(fresh.rosterVersion(), first.root, first.size, first.digest);
        bytes32 hash = _members.add(jurors, quorum);
        _jury = hash;
        // A jury has at most 128 members.
        fresh = fresh.withJury(uint8(jurors.length), uint8(quorum));
        emit JuryAnnounced(fresh.juryVersion(), hash, uint64(block.timestamp), jurors, quorum);
        for (uint256 i = 0; i < relayers.length; ++i) _setRelayer(relayers[i], true);
        _modelDigest = fixed_.genesisDigest;
        _openNextRound(fresh, fixed_, fixed_.genesisDigest, 0);
    }

    /// @inheritdoc IFederatedTask
    function submitUpdate(uint32 round, bytes32 digest, bytes32[] calldata proof) external {
        RoundState current = _round;
        _requireRound(current, round);
        if (current.isClosed()) revert RoundClosed(round, current.deadline());
        if (current.isFull()) revert RoundFull(round, current.maxUpdates());
        uint32 version = current.rosterVersion();
        ClientState client = _clients[msg.sender];
        if (client.rosterVersion() != version && !Rosters.isMember(_rosterRoot, msg.sender, proof)) {
            revert NotInRoster(msg.sender, version);
        }
        if (client.lastRound() == round) revert AlreadySubmitted(msg.sender, round);
        if (digest == 0) revert ZeroDigest();

        _clients[msg.sender] = submittedUnder(version, round);
        _updatesHash = UpdatesHash.add(_updatesHash, UpdatesHash.LONE, msg.sender, digest, 1);
        _round = current.withUpdate();
        emit UpdateSubmitted(round, msg.sender, current.submitted(), digest);
    }

    /// @inheritdoc IFederatedTask
    function submitBatch(uint32 round, uint32 count, bytes32 digest) external {
        RoundState current = _round;
        _requireRound(current, round);
        if (!_relayers[msg.sender]) revert NotARelayer(msg.sender);
        if (current.isClosed()) revert RoundClosed(round, current.deadline());
        _requireBatchTime(current);
        uint32 room = _batchRoom(current);
        if (count == 0 || count > room) revert InvalidBatchCount(count, room);
        if (digest == 0) revert ZeroDigest();

        _updatesHash = UpdatesHash.add(_updatesHash, UpdatesHash.BATCH, msg.sender, digest, count);
        _round = current.withBatch(count);
        emit BatchSubmitted(round, msg.sender, current.submitted(), count, digest);
    }

    /// @inheritdoc IFederatedTask
    function finalizeRound(
        Report calldata report,
        bytes calldata verdicts,
        bytes calldata signatures
    ) external {
        RoundState current = _round;
        _requireRound(current, report.round);
        if (!current.isClosed()) revert RoundNotClosed(report.round, current.submitted(), current.deadline());
        if (report.updatesHash != _updatesHash) revert WrongUpdatesHash(report.updatesHash, _updatesHash);
        if (report.juryVersion != current.juryVersion()) {
            revert WrongJuryVersion(report.juryVersion, current.juryVersion());
        }
        if (verdicts.length != current.submitted()) {
            revert WrongVerdictsLength(verdicts.length, current.submitted());
        }
        if (report.modelDigest == 0 || report.recordDigest == 0) revert ZeroDigest();
        _members.requireQuorum(
            _jury,
            current.jurySize(),
            report.juryVersion,
            current.quorum(),
            hashReport(report, verdicts),
            signatures
        );

        _modelDigest = report.modelDigest;
        emit RoundFinalized(
            report.round,
            report.juryVersion,
            report.updatesHash,
            report.attempt,
            report.accuracy,
            report.modelDigest,
            report.recordDigest,
            report.nextJury,
            verdicts,
            signatures
        );
        _openNextRound(current, config(), report.modelDigest, report.nextJury);
    }

    /// @inheritdoc IFederatedTask
    function voidRound(uint32 round) external {
        RoundState current = _round;
        _requireRound(current, round);
        Config memory fixed_ = config();
        uint256 grace = fixed_.graceSeconds;
        if (msg.sender != owner()) {
            if (!current.isClosed()) revert OwnableUnauthorizedAccount(msg.sender);
            grace *= PUBLIC_GRACE_FACTOR;
        }
        uint256 voidableFrom = current.deadline() + grace;
        // Who makes a block can shift its time by seconds; grace is chosen in minutes at least.
        // slither-disable-next-line timestamp
        if (block.timestamp < voidableFrom) revert TooEarlyToVoid(round, uint64(voidableFrom));

        emit RoundVoided(round, _updatesHash);
        // Nobody has signed: a jury takes over by notice alone.
        _openNextRound(current, fixed_, _modelDigest, 0);
    }

    /// @inheritdoc IFederatedTask
    function setRoster(Roster calldata next) external onlyOwner {
        Rosters.requireValid(next);
        RoundState current = _round;
        _nextRoster = Rosters.Pending({root: next.root, size: next.size});
        _round = current.withPendingRoster();
        emit RosterSet(current.rosterVersion() + 1, next.root, next.size, next.digest);
    }

    /// @inheritdoc IFederatedTask
    function setJury(address[] calldata jurors, uint32 quorum) external onlyOwner {
        bytes32 hash = _members.add(jurors, quorum);
        RoundState current = _round;
        uint40 entersFrom = uint40(block.timestamp) + config().noticeSeconds;
        // A jury has at most 128 members.
        _nextJury = Juries.Announced(hash, entersFrom, uint8(jurors.length), uint8(quorum));
        _round = current.withPendingJury();
        emit JuryAnnounced(current.juryVersion() + 1, hash, entersFrom, jurors, quorum);
    }

    /// @inheritdoc IFederatedTask
    function setRelayer(address relayer, bool allowed) external onlyOwner {
        _setRelayer(relayer, allowed);
    }

    /// @inheritdoc IFederatedTask
    function discloseSlice(uint32 slice, bytes32 digest) external {
        if (slice == 0) revert ZeroSlice();
        if (digest == 0) revert ZeroDigest();
        emit SliceDisclosed(slice, msg.sender, digest);
    }

    /// @inheritdoc IFederatedTask
    function currentRound()
        external
        view
        returns (
            uint32 number,
            uint32 submitted,
            uint32 batched,
            uint64 deadline,
            uint32 rosterVersion,
            uint32 juryVersion,
            bytes32 updatesHash,
            bytes32 modelDigest
        )
    {
        RoundState current = _round;
        return (
            current.number(),
            current.submitted(),
            current.batched(),
            current.deadline(),
            current.rosterVersion(),
            current.juryVersion(),
            _updatesHash,
            _modelDigest
        );
    }

    /// @inheritdoc IFederatedTask
    function overview(address account) external view returns (Overview memory seen) {
        RoundState current = _round;
        ClientState client = _clients[account];
        seen.phase = _phase(current);
        seen.round = current.number();
        seen.submitted = current.submitted();
        seen.batched = current.batched();
        seen.deadline = current.deadline();
        seen.updatesHash = _updatesHash;
        seen.modelDigest = _modelDigest;
        seen.rosterVersion = current.rosterVersion();
        seen.rosterSize = current.rosterSize();
        seen.rosterRoot = _rosterRoot;
        seen.juryVersion = current.juryVersion();
        seen.jurySize = current.jurySize();
        seen.quorum = current.quorum();
        seen.jury = _jury;
        seen.isJuror = _members.isMember(_jury, account);
        if (current.isJuryPending()) {
            seen.nextJury = _nextJury.hash;
            seen.nextJuryFrom = _nextJury.entersFrom;
            seen.isNextJuror = _members.isMember(_nextJury.hash, account);
        }
        seen.hasProved = client.rosterVersion() != 0 && client.rosterVersion() == current.rosterVersion();
        seen.lastRound = client.lastRound();
        seen.isRelayer = _relayers[account];
    }

    /// @inheritdoc IFederatedTask
    function phase() external view returns (Phase) {
        return _phase(_round);
    }

    /// @inheritdoc IFederatedTask
    function roster() external view returns (uint32 version, bytes32 root, uint32 size) {
        RoundState current = _round;
        return (current.rosterVersion(), _rosterRoot, current.rosterSize());
    }

    /// @inheritdoc IFederatedTask
    function nextRoster() external view returns (uint32 version, bytes32 root, uint32 size) {
        RoundState current = _round;
        if (!current.isRosterPending()) return (0, 0, 0);
        return (current.rosterVersion() + 1, _nextRoster.root, _nextRoster.size);
    }

    /// @inheritdoc IFederatedTask
    function clientOf(address account) external view returns (uint32 rosterVersion, uint32 lastRound) {
        ClientState client = _clients[account];
        return (client.rosterVersion(), client.lastRound());
    }

    /// @inheritdoc IFederatedTask
    function jury() external view returns (uint32 version, bytes32 hash, uint32 size, uint32 quorum) {
        RoundState current = _round;
        return (current.juryVersion(), _jury, current.jurySize(), current.quorum());
    }

    /// @inheritdoc IFederatedTask
    function nextJury()
        external
        view
        returns (uint32 version, bytes32 hash, uint32 size, uint32 quorum, uint64 entersFrom)
    {
        RoundState current = _round;
        if (!current.isJuryPending()) return (0, 0, 0, 0, 0);
        Juries.Announced memory next = _nextJury;
        return (current.juryVersion() + 1, next.hash, next.size, next.quorum, next.entersFrom);
    }

    /// @inheritdoc IFederatedTask
    function isRelayer(address account) external view returns (bool) {
        return _relayers[account];
    }

    /// @inheritdoc IFederatedTask
    function batchRoom() external view returns (uint32) {
        RoundState current = _round;
        return current.isOver() ? 0 : _batchRoom(current);
    }

    /// @inheritdoc IFederatedTask
    function isJuror(bytes32 hash, address account) external view returns (bool) {
        return _members.isMember(hash, account);
    }

    /// @notice Always reverts: a task keeps a coordinator for ever, because a round could otherwise stick.
    function renounceOwnership() public pure override {
        revert OwnershipNotRenounceable();
    }

    /// @inheritdoc IFederatedTask
    function config() public view returns (Config memory) {
        if (address(this) == _IMPLEMENTATION) revert NotATask();
        return ConfigCodec.unpack(Clones.fetchCloneArgs(address(this)));
    }

    /// @inheritdoc IFederatedTask
    function hashReport(Report calldata report, bytes calldata verdicts) public view returns (bytes32) {
        return _hashTypedDataV4(ReportHash.hash(report, _modelDigest, verdicts));
    }

    /// @notice Opens the next round with the roster and the jury that are due, or finishes the task after its
    /// last round.
    /// @param state state of the round that ends
    /// @param fixed_ config of the task
    /// @param modelDigest digest of the model that the next round starts from
    /// @param wanted hash of the jury that a quorum of the sitting jury wants next; 0: it said nothing
    function _openNextRound(
        RoundState state,
        Config memory fixed_,
        bytes32 modelDigest,
        bytes32 wanted
    ) private {
        if (fixed_.rounds != 0 && state.number() >= fixed_.rounds) {
            _updatesHash = 0;
            _round = state.withNextRound(0);
            return;
        }
        if (state.isRosterPending()) {
            _rosterRoot = _nextRoster.root;
            state = state.withRoster(_nextRoster.size);
        }
        if (state.isJuryPending()) {
            Juries.Announced memory next = _nextJury;
            // Who makes a block can shift its time by seconds, which are nothing of a day's notice.
            // slither-disable-next-line timestamp
            if (wanted == next.hash || block.timestamp >= next.entersFrom) {
                _jury = next.hash;
                state = state.withJury(next.size, next.quorum);
            }
        }
        state = state.withNextRound(uint40(block.timestamp) + fixed_.roundSeconds);
        _round = state;
        _updatesHash = UpdatesHash.start(state.number(), modelDigest, _rosterRoot, _jury);
        emit RoundOpened(
            state.number(),
            state.rosterVersion(),
            state.juryVersion(),
            state.deadline(),
            modelDigest
        );
    }

    /// @notice Says from now on whether an account may submit batches.
    /// @param relayer the account
    /// @param allowed whether it may
    function _setRelayer(address relayer, bool allowed) private {
        _relayers[relayer] = allowed;
        emit RelayerSet(relayer, allowed);
    }

    /// @notice Reverts once a round takes no more batches.
    /// @param current state of a round that is not closed
    function _requireBatchTime(RoundState current) private view {
        bytes memory args = Clones.fetchCloneArgs(address(this));
        (uint32 roundSeconds, uint32 batchSeconds) = ConfigCodec.batchTimes(args);
        uint256 end = uint256(current.deadline()) - roundSeconds + batchSeconds;
        // Who makes a block can shift its time by seconds: a batch has to be early by more than that.
        // slither-disable-next-line timestamp
        if (block.timestamp >= end) revert TooLateForBatches(current.number(), uint64(end));
    }

    /// @notice Says how many updates batches may still announce in a round.
    /// @param current state of the round
    /// @return how many: with those before at most as many as the roster has members, and with all that its
    /// members may submit themselves at most as many as a report can hold
    function _batchRoom(RoundState current) private pure returns (uint32) {
        uint32 members = current.rosterSize();
        uint32 alone = current.maxUpdates();
        if (alone > members) alone = members;
        uint32 most = ConfigCodec.ENTRIES_LIMIT - alone;
        return (members < most ? members : most) - current.batched();
    }

    /// @notice Says where a round stands.
    /// @param state state of the round that is on
    /// @return the phase of the task
    function _phase(RoundState state) private view returns (Phase) {
        if (state.isOver()) return Phase.Finished;
        return state.isClosed() ? Phase.Closed : Phase.Open;
    }

    /// @notice Reverts unless a round is on and is the one that the caller means.
    /// @param current state of the round that is on
    /// @param round number of the round that the caller means
    function _requireRound(RoundState current, uint32 round) private pure {
        if (current.isOver()) revert TaskFinished();
        if (round != current.number()) revert WrongRound(round, current.number());
    }
}
