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
import {RoundState} from "./types/RoundState.sol";

/// @title One federated learning task
/// @notice Clients submit updates of a global model round by round. A quorum of the jury signs its verdicts
/// on the updates and the next model. The coordinator says who takes part, never what is true.
/// @dev Minimal proxies, whose immutable arguments are the packed config, run this code. An update writes
/// the slot of the round's state, the running hash and the slot of its client. No function loops over past
/// rounds or over all clients.
contract FederatedTask is IFederatedTask, Ownable2Step, EIP712 {
    using Juries for Juries.Jury;

    /// @notice Length of one verdict in bytes: one byte of code and four bytes of count.
    uint256 private constant VERDICT_LENGTH = 5;

    /// @notice What the task knows of a client, in one slot.
    /// @param index number of the client, from 1; 0: the account was never registered
    /// @param lastRound number of the last round that the client submitted an update in; 0: none
    /// @param active whether the client may submit updates
    struct Client {
        uint32 index;
        uint32 lastRound;
        bool active;
    }

    address private immutable _FACTORY;
    address private immutable _IMPLEMENTATION;

    RoundState private _round;
    /// @dev The running hash of the round's updates. Until the round's first update it is the one that
    /// an earlier round left.
    bytes32 private _updatesHash;
    bytes32 private _modelDigest;
    mapping(address account => Client) private _clients;
    mapping(uint32 version => Juries.Jury) private _juries;

    /// @notice Deploys the shared implementation, which has no owner and no round and so does nothing.
    constructor() Ownable(msg.sender) EIP712("fedjury", "1") {
        _FACTORY = msg.sender;
        _IMPLEMENTATION = address(this);
        _transferOwnership(address(0));
    }

    /// @inheritdoc IFederatedTask
    function initialize(
        address coordinator,
        address[] calldata jurors,
        uint32 quorum,
        address[] calldata clients
    ) external {
        if (msg.sender != _FACTORY) revert NotTheFactory(msg.sender);
        if (_round.number() != 0) revert AlreadyInitialized();
        if (coordinator == address(0)) revert OwnableInvalidOwner(address(0));
        Config memory fixed_ = config();

        _transferOwnership(coordinator);
        RoundState fresh = RoundState.wrap(0).withUpdateBounds(fixed_.minUpdates, fixed_.maxUpdates);
        fresh = _registerClients(fresh, clients);
        fresh = _setJury(fresh, jurors, quorum);
        _modelDigest = fixed_.genesisDigest;
        _openNextRound(fresh, fixed_, fixed_.genesisDigest);
    }

    /// @inheritdoc IFederatedTask
    function submitUpdate(uint32 round, bytes32 digest) external {
        RoundState current = _round;
        _requireRound(current, round);
        if (current.isPaused()) revert EnforcedPause();
        if (current.isClosed()) revert RoundClosed(round, current.deadline());
        Client storage client = _clients[msg.sender];
        if (!client.active) revert NotAClient(msg.sender);
        if (client.lastRound == round) revert AlreadySubmitted(msg.sender, round);
        if (digest == 0) revert ZeroDigest();

        client.lastRound = round;
        _updatesHash = keccak256(abi.encode(_runningHash(current), msg.sender, digest));
        _round = current.withUpdate();
        emit UpdateSubmitted(round, msg.sender, current.submitted(), digest);
    }

    /// @inheritdoc IFederatedTask
    function finalizeRound(
        Report calldata report,
        bytes calldata verdicts,
        bytes calldata signatures
    ) external {
        RoundState current = _round;
        _requireRound(current, report.round);
        if (current.isPaused()) revert EnforcedPause();
        if (!current.isClosed()) revert RoundNotClosed(report.round, current.submitted(), current.deadline());
        if (report.updatesHash != _updatesHash) revert WrongUpdatesHash(report.updatesHash, _updatesHash);
        if (report.juryVersion != current.juryVersion()) {
            revert WrongJuryVersion(report.juryVersion, current.juryVersion());
        }
        uint256 expected = VERDICT_LENGTH * current.submitted();
        if (verdicts.length != expected) revert WrongVerdictsLength(verdicts.length, expected);
        if (report.modelDigest == 0) revert ZeroDigest();
        _juries[report.juryVersion].requireQuorum(
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
            report.baselineCorrect,
            report.modelCorrect,
            report.modelDigest,
            verdicts,
            signatures
        );
        _openNextRound(current, config(), report.modelDigest);
    }

    /// @inheritdoc IFederatedTask
    function voidRound(uint32 round) external onlyOwner {
        RoundState current = _round;
        _requireRound(current, round);
        Config memory fixed_ = config();
        uint64 voidableFrom = uint64(current.deadline()) + fixed_.graceSeconds;
        if (block.timestamp < voidableFrom) revert TooEarlyToVoid(round, voidableFrom);

        emit RoundVoided(round, _runningHash(current));
        _openNextRound(current, fixed_, _modelDigest);
    }

    /// @inheritdoc IFederatedTask
    function registerClients(address[] calldata clients) external onlyOwner {
        _round = _registerClients(_round, clients);
    }

    /// @inheritdoc IFederatedTask
    function removeClients(address[] calldata clients) external onlyOwner {
        uint256 count = clients.length;
        for (uint256 i = 0; i < count; ++i) {
            Client storage client = _clients[clients[i]];
            if (!client.active) revert NotAClient(clients[i]);
            client.active = false;
            emit ClientRemoved(clients[i]);
        }
    }

    /// @inheritdoc IFederatedTask
    function setJury(address[] calldata jurors, uint32 quorum) external onlyOwner {
        _round = _setJury(_round, jurors, quorum);
    }

    /// @inheritdoc IFederatedTask
    function pause() external onlyOwner {
        RoundState current = _round;
        if (current.isPaused()) revert EnforcedPause();
        _round = current.withPaused(true);
        emit Paused(msg.sender);
    }

    /// @inheritdoc IFederatedTask
    function unpause() external onlyOwner {
        RoundState current = _round;
        if (!current.isPaused()) revert ExpectedPause();
        _round = current.withPaused(false);
        emit Unpaused(msg.sender);
    }

    /// @inheritdoc IFederatedTask
    function currentRound()
        external
        view
        returns (
            uint32 number,
            uint32 submitted,
            uint64 deadline,
            uint32 juryVersion,
            bytes32 updatesHash,
            bytes32 modelDigest
        )
    {
        RoundState current = _round;
        return (
            current.number(),
            current.submitted(),
            current.deadline(),
            current.juryVersion(),
            _runningHash(current),
            _modelDigest
        );
    }

    /// @inheritdoc IFederatedTask
    function overview(address account) external view returns (Overview memory) {
        RoundState current = _round;
        Client storage client = _clients[account];
        Juries.Jury storage jury = _juries[current.juryVersion()];
        return
            Overview({
                phase: _phase(current),
                paused: current.isPaused(),
                round: current.number(),
                submitted: current.submitted(),
                deadline: current.deadline(),
                juryVersion: current.juryVersion(),
                updatesHash: _runningHash(current),
                modelDigest: _modelDigest,
                jurySize: jury.size,
                quorum: jury.quorum,
                isJuror: jury.isMember[account],
                clientIndex: client.index,
                lastRound: client.lastRound,
                isActive: client.active
            });
    }

    /// @inheritdoc IFederatedTask
    function phase() external view returns (Phase) {
        return _phase(_round);
    }

    /// @inheritdoc IFederatedTask
    function paused() external view returns (bool) {
        return _round.isPaused();
    }

    /// @inheritdoc IFederatedTask
    function clientOf(address account) external view returns (uint32 index, uint32 lastRound, bool active) {
        Client storage client = _clients[account];
        return (client.index, client.lastRound, client.active);
    }

    /// @inheritdoc IFederatedTask
    function clientCount() external view returns (uint32) {
        return _round.clientCount();
    }

    /// @inheritdoc IFederatedTask
    function latestJuryVersion() external view returns (uint32) {
        return _round.latestJuryVersion();
    }

    /// @inheritdoc IFederatedTask
    function juryOf(uint32 version) external view returns (uint32 size, uint32 quorum) {
        Juries.Jury storage jury = _juries[version];
        return (jury.size, jury.quorum);
    }

    /// @inheritdoc IFederatedTask
    function isJuror(uint32 version, address account) external view returns (bool) {
        return _juries[version].isMember[account];
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
        return _hashTypedDataV4(ReportHash.hash(report, verdicts));
    }

    /// @notice Opens the next round, or finishes the task after its last round.
    /// @param state state of the round that ends
    /// @param fixed_ config of the task
    /// @param modelDigest digest of the model that the next round starts from
    function _openNextRound(RoundState state, Config memory fixed_, bytes32 modelDigest) private {
        uint32 version = state.latestJuryVersion();
        if (version != state.juryVersion()) {
            // A quorum is at most the size of a jury, which is far below 256.
            state = state.withJury(version, uint8(_juries[version].quorum));
        }
        bool finished = fixed_.rounds != 0 && state.number() >= fixed_.rounds;
        state = state.withNextRound(finished ? 0 : uint40(block.timestamp) + fixed_.roundSeconds);
        _round = state;
        if (!finished) emit RoundOpened(state.number(), version, state.deadline(), modelDigest);
    }

    /// @notice Registers clients that are not registered. A client that never was registered gets the next
    /// index.
    /// @param state state of the round that is on
    /// @param clients accounts to register
    /// @return new state of the round, which the caller stores
    function _registerClients(RoundState state, address[] calldata clients) private returns (RoundState) {
        uint256 length = clients.length;
        uint32 count = state.clientCount();
        for (uint256 i = 0; i < length; ++i) {
            address account = clients[i];
            if (account == address(0)) revert ZeroClient();
            Client memory client = _clients[account];
            if (client.active) revert AlreadyRegistered(account);
            client.active = true;
            if (client.index == 0) client.index = ++count;
            _clients[account] = client;
            emit ClientRegistered(account, client.index);
        }
        return state.withClientCount(count);
    }

    /// @notice Makes the next version of the jury.
    /// @param state state of the round that is on
    /// @param jurors members of the jury
    /// @param quorum number of jurors that must sign a report: more than half
    /// @return new state of the round, which the caller stores
    function _setJury(
        RoundState state,
        address[] calldata jurors,
        uint32 quorum
    ) private returns (RoundState) {
        uint32 version = state.latestJuryVersion() + 1;
        _juries[version].fill(jurors, quorum);
        emit JurySet(version, jurors, quorum);
        return state.withLatestJuryVersion(version);
    }

    /// @notice Returns the running hash of the round's updates, which starts from the round's number.
    /// @param state state of the round that is on
    /// @return running hash of the round's updates
    function _runningHash(RoundState state) private view returns (bytes32) {
        return state.submitted() == 0 ? bytes32(uint256(state.number())) : _updatesHash;
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
