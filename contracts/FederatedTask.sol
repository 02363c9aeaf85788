// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {ConfigCodec} from "./ConfigCodec.sol";
import {IFederatedTask} from "./IFederatedTask.sol";
import {Juries} from "./Juries.sol";
import {ReportHash} from "./ReportHash.sol";
import {RoundState} from "./RoundState.sol";

/// @title One federated learning task
/// @notice Clients submit updates of a global model round by round; a quorum of the jury signs what
/// it found in them and which model comes next. The coordinator says who takes part, never what is true.
/// @dev Lives behind minimal proxies whose immutable arguments are the packed config. Whatever happens
/// every time (an update, a report) touches one slot of round state, the running hash and one slot of
/// the sender; nothing loops over clients or past rounds.
contract FederatedTask is IFederatedTask, Ownable2Step, EIP712 {
    using Juries for Juries.Jury;

    /// @notice Length of one verdict: a byte of code and four of count.
    uint256 private constant VERDICT_LENGTH = 5;

    /// @notice What is known of a client: one slot.
    /// @param index number of the client, from 1; 0: never registered
    /// @param lastRound the last round that it submitted an update in
    /// @param active whether it may submit updates
    struct Client {
        uint32 index;
        uint32 lastRound;
        bool active;
    }

    address private immutable _FACTORY;
    address private immutable _IMPLEMENTATION;

    RoundState private _round;
    /// @dev Of the round's updates; what an earlier round left until the round's first update.
    bytes32 private _updatesHash;
    bytes32 private _modelDigest;
    mapping(address account => Client) private _clients;
    mapping(uint32 version => Juries.Jury) private _juries;

    /// @notice Deploys the shared implementation: it has no owner and no round, and so does nothing.
    constructor() Ownable(msg.sender) EIP712("fedjury", "1") {
        _FACTORY = msg.sender;
        _IMPLEMENTATION = address(this);
        _transferOwnership(address(0));
    }

    /// @notice Makes a fresh clone a task and opens its first round. Only the factory can, once.
    /// @param coordinator owner of the task
    /// @param jurors members of the first jury
    /// @param quorum how many of them must sign
    /// @param clients the first clients
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

    /// @notice Submits the caller's update of a round.
    /// @param round number of the round that the update was trained for
    /// @param digest digest of the update's file
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

    /// @notice Makes the jury's report of the closed round stand and opens the next round. Anyone may
    /// send it: the signatures say whether it is the jury's.
    /// @param report the report
    /// @param verdicts 5 bytes an update, in order: its code, and how many samples were right
    /// @param signatures 65 bytes a signer, strictly ascending by address, at least the quorum
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

    /// @notice Ends an overdue round without a report; the model stays and the next round opens.
    /// Works while paused, so that nothing can stick for ever.
    /// @param round number of the round
    function voidRound(uint32 round) external onlyOwner {
        RoundState current = _round;
        _requireRound(current, round);
        Config memory fixed_ = config();
        uint64 voidableFrom = uint64(current.deadline()) + fixed_.graceSeconds;
        if (block.timestamp < voidableFrom) revert TooEarlyToVoid(round, voidableFrom);

        emit RoundVoided(round, _runningHash(current));
        _openNextRound(current, fixed_, _modelDigest);
    }

    /// @notice Lets clients submit updates, from this round on.
    /// @param clients who; one that was removed comes back under its old index
    function registerClients(address[] calldata clients) external onlyOwner {
        _round = _registerClients(_round, clients);
    }

    /// @notice Lets clients submit no more updates; those of this round that are in stay in.
    /// @param clients who
    function removeClients(address[] calldata clients) external onlyOwner {
        uint256 count = clients.length;
        for (uint256 i = 0; i < count; ++i) {
            Client storage client = _clients[clients[i]];
            if (!client.active) revert NotAClient(clients[i]);
            client.active = false;
            emit ClientRemoved(clients[i]);
        }
    }

    /// @notice Sets the jury that judges from the next round on.
    /// @param jurors its members
    /// @param quorum how many of them must sign: more than half
    function setJury(address[] calldata jurors, uint32 quorum) external onlyOwner {
        _round = _setJury(_round, jurors, quorum);
    }

    /// @notice Stops submitting and finalizing. Time goes on: a round can become overdue meanwhile.
    function pause() external onlyOwner {
        RoundState current = _round;
        if (current.isPaused()) revert EnforcedPause();
        _round = current.withPaused(true);
        emit Paused(msg.sender);
    }

    /// @notice Lets submitting and finalizing go on.
    function unpause() external onlyOwner {
        RoundState current = _round;
        if (!current.isPaused()) revert ExpectedPause();
        _round = current.withPaused(false);
        emit Unpaused(msg.sender);
    }

    /// @notice The state of the round that is on.
    /// @return number number of the round, from 1; one more than the last round's once finished
    /// @return submitted updates that it holds
    /// @return deadline time from which it is closed, once it holds enough updates; 0 once finished
    /// @return juryVersion version of the jury that judges it
    /// @return updatesHash running hash of its updates
    /// @return modelDigest digest of the model that it starts from; of the last one once finished
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

    /// @notice Whether the task takes updates, waits for the jury or is over.
    /// @return the phase
    function phase() external view returns (Phase) {
        RoundState current = _round;
        if (current.isOver()) return Phase.Finished;
        return current.isClosed() ? Phase.Closed : Phase.Open;
    }

    /// @notice Whether submitting and finalizing are stopped.
    /// @return true while they are
    function paused() external view returns (bool) {
        return _round.isPaused();
    }

    /// @notice What is known of a client.
    /// @param account who
    /// @return index number of the client, from 1; 0: never registered
    /// @return lastRound the last round that it submitted an update in; 0: none
    /// @return active whether it may submit updates
    function clientOf(address account) external view returns (uint32 index, uint32 lastRound, bool active) {
        Client storage client = _clients[account];
        return (client.index, client.lastRound, client.active);
    }

    /// @notice How many clients were ever registered; indexes are 1 to this.
    /// @return the number of clients
    function clientCount() external view returns (uint32) {
        return _round.clientCount();
    }

    /// @notice The jury that judges the next round.
    /// @return its version, from 1
    function latestJuryVersion() external view returns (uint32) {
        return _round.latestJuryVersion();
    }

    /// @notice The size of a jury.
    /// @param version its version
    /// @return size number of jurors; 0: there is no such version
    /// @return quorum how many must sign
    function juryOf(uint32 version) external view returns (uint32 size, uint32 quorum) {
        Juries.Jury storage jury = _juries[version];
        return (jury.size, jury.quorum);
    }

    /// @notice Whether someone is of a jury.
    /// @param version the jury's version
    /// @param account who
    /// @return true for its jurors
    function isJuror(uint32 version, address account) external view returns (bool) {
        return _juries[version].isMember[account];
    }

    /// @notice A task has a coordinator for ever, because a round could otherwise stick.
    function renounceOwnership() public pure override {
        revert OwnershipNotRenounceable();
    }

    /// @notice What was fixed when the task was created.
    /// @return the config
    function config() public view returns (Config memory) {
        if (address(this) == _IMPLEMENTATION) revert NotATask();
        return ConfigCodec.unpack(Clones.fetchCloneArgs(address(this)));
    }

    /// @notice What a juror signs: the EIP-712 digest, bound to this chain and this task.
    /// @param report the report
    /// @param verdicts its verdicts, 5 bytes an update
    /// @return the digest
    function hashReport(Report calldata report, bytes calldata verdicts) public view returns (bytes32) {
        return _hashTypedDataV4(ReportHash.hash(report, verdicts));
    }

    /// @notice Opens the round after `state`'s, or finishes the task after the last one.
    /// @param state the round that ends
    /// @param fixed_ the config
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

    /// @notice Registers clients that are not registered; indexes go to those that never were.
    /// @param state the round that is on
    /// @param clients who
    /// @return the new state, which the caller stores
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

    /// @notice Makes the next jury version.
    /// @param state the round that is on
    /// @param jurors members of the jury
    /// @param quorum how many of them must sign
    /// @return the new state, which the caller stores
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

    /// @notice The running hash of a round, which starts from its number.
    /// @param state the round that is on
    /// @return the hash
    function _runningHash(RoundState state) private view returns (bytes32) {
        return state.submitted() == 0 ? bytes32(uint256(state.number())) : _updatesHash;
    }

    /// @notice Reverts unless a round is on and is the one that the caller means.
    /// @param current the round that is on
    /// @param round number of the round that the caller means
    function _requireRound(RoundState current, uint32 round) private pure {
        if (current.isOver()) revert TaskFinished();
        if (round != current.number()) revert WrongRound(round, current.number());
    }
}
