// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title The interface of a federated learning task
/// @notice A task trains one global model with one federation of clients. A jury judges every update.
/// @dev Every digest is the 32-byte sha2-256 digest of an IPFS CIDv0. The coordinator is the owner.
interface IFederatedTask {
    /// @notice The config holds what is fixed for the life of a task.
    /// @param specDigest digest of the task's spec
    /// @param genesisDigest digest of the model that round 1 starts from
    /// @param roundSeconds seconds from the opening of a round to its deadline
    /// @param graceSeconds seconds from a round's deadline to the time from which it may be voided
    /// @param minUpdates fewest updates that a round closes with
    /// @param maxUpdates most updates that a round takes
    /// @param rounds number of the last round; 0: the task has no last round
    struct Config {
        bytes32 specDigest;
        bytes32 genesisDigest;
        uint32 roundSeconds;
        uint32 graceSeconds;
        uint32 minUpdates;
        uint32 maxUpdates;
        uint32 rounds;
    }

    /// @notice A report holds what the jury says of a round, except for its verdicts.
    /// @param round number of the round
    /// @param juryVersion version of the jury that signs the report
    /// @param updatesHash running hash of the round's updates
    /// @param baselineCorrect verification samples that the round's model got right
    /// @param modelCorrect verification samples that the new model gets right
    /// @param modelDigest digest of the new model
    struct Report {
        uint32 round;
        uint32 juryVersion;
        bytes32 updatesHash;
        uint32 baselineCorrect;
        uint32 modelCorrect;
        bytes32 modelDigest;
    }

    /// @notice An open round takes updates, a closed one waits for the jury, a finished task has no round.
    enum Phase {
        Open,
        Closed,
        Finished
    }

    /// @notice An overview holds all that one account must know to say what it has to do next.
    /// @param phase whether the task takes updates, waits for the jury or is finished
    /// @param paused whether the coordinator stopped submitting and finalizing
    /// @param round number of the round that is on, from 1; one more than the last round's once finished
    /// @param submitted number of updates that the round holds
    /// @param deadline time from which the round is closed, once it holds enough updates; 0 once finished
    /// @param juryVersion version of the jury that judges the round
    /// @param updatesHash running hash of the round's updates
    /// @param modelDigest digest of the model that the round starts from; of the last one once finished
    /// @param jurySize number of jurors in that jury
    /// @param quorum number of that jury's jurors that must sign a report
    /// @param isJuror whether the account is a member of that jury
    /// @param clientIndex number of the account as a client, from 1; 0: it was never registered
    /// @param lastRound number of the last round that the account submitted an update in; 0: none
    /// @param isActive whether the account may submit updates
    struct Overview {
        Phase phase;
        bool paused;
        uint32 round;
        uint32 submitted;
        uint64 deadline;
        uint32 juryVersion;
        bytes32 updatesHash;
        bytes32 modelDigest;
        uint32 jurySize;
        uint32 quorum;
        bool isJuror;
        uint32 clientIndex;
        uint32 lastRound;
        bool isActive;
    }

    /// @notice A round opened and takes updates from now on.
    /// @param round number of the round
    /// @param juryVersion version of the jury that will judge the round
    /// @param deadline time from which the round is closed, once it holds enough updates
    /// @param modelDigest digest of the model that the round starts from
    event RoundOpened(uint32 indexed round, uint32 juryVersion, uint64 deadline, bytes32 modelDigest);

    /// @notice A client submitted an update.
    /// @param round number of the round
    /// @param client account that submitted the update
    /// @param index place of the update in the round, from 0
    /// @param digest digest of the update's file
    event UpdateSubmitted(uint32 indexed round, address indexed client, uint32 index, bytes32 digest);

    /// @notice The contract took the jury's report of a round.
    /// @param round number of the round
    /// @param juryVersion version of the jury that signed the report
    /// @param updatesHash running hash of the round's updates
    /// @param baselineCorrect verification samples that the round's model got right
    /// @param modelCorrect verification samples that the new model gets right
    /// @param modelDigest digest of the new model
    /// @param verdicts 5 bytes an update: its code, and how many samples the mixed model got right
    /// @param signatures 65 bytes a signer, strictly ascending by address
    event RoundFinalized(
        uint32 indexed round,
        uint32 juryVersion,
        bytes32 updatesHash,
        uint32 baselineCorrect,
        uint32 modelCorrect,
        bytes32 modelDigest,
        bytes verdicts,
        bytes signatures
    );

    /// @notice The coordinator ended an overdue round without a report. The model stays as it was.
    /// @param round number of the round
    /// @param updatesHash running hash of the round's updates
    event RoundVoided(uint32 indexed round, bytes32 updatesHash);

    /// @notice A client is registered and may submit updates from now on.
    /// @param client account of the client
    /// @param index number of the client, from 1, which it keeps when it is removed and comes back
    event ClientRegistered(address indexed client, uint32 index);

    /// @notice The coordinator removed a client, which may submit no more updates.
    /// @param client account of the client
    event ClientRemoved(address indexed client);

    /// @notice A new jury judges from the next round on.
    /// @param version version of the jury, from 1
    /// @param jurors members of the jury
    /// @param quorum number of jurors that must sign a report
    event JurySet(uint32 indexed version, address[] jurors, uint32 quorum);

    /// @notice The coordinator stopped submitting and finalizing.
    /// @param account account of the coordinator
    event Paused(address account);

    /// @notice The coordinator let submitting and finalizing go on.
    /// @param account account of the coordinator
    event Unpaused(address account);

    /// @notice The config names no spec.
    error ZeroSpecDigest();

    /// @notice The config names no genesis model.
    error ZeroGenesisDigest();

    /// @notice The config gives a round no time.
    error ZeroRoundSeconds();

    /// @notice The config's numbers of updates do not satisfy 1 <= minUpdates <= maxUpdates <= limit.
    /// @param minUpdates fewest updates that a round closes with
    /// @param maxUpdates most updates that a round takes
    /// @param limit largest `maxUpdates` that a config may have
    error InvalidUpdateBounds(uint32 minUpdates, uint32 maxUpdates, uint32 limit);

    /// @notice The call went to the shared implementation, which is not a task.
    error NotATask();

    /// @notice The caller is not the factory, which alone initializes a task.
    /// @param caller account that called
    error NotTheFactory(address caller);

    /// @notice The task was initialized before.
    error AlreadyInitialized();

    /// @notice The coordinator cannot renounce a task, because a round could then stick.
    error OwnershipNotRenounceable();

    /// @notice The last round is over, and nothing more can happen in the task.
    error TaskFinished();

    /// @notice The task is paused: it takes neither updates nor reports.
    error EnforcedPause();

    /// @notice The task is not paused.
    error ExpectedPause();

    /// @notice The call is meant for a round that is over or not yet open.
    /// @param given number of the round that the call is meant for
    /// @param current number of the round that is on
    error WrongRound(uint32 given, uint32 current);

    /// @notice The round is closed and takes no more updates.
    /// @param round number of the round
    /// @param deadline time since which the round is closed
    error RoundClosed(uint32 round, uint64 deadline);

    /// @notice The round is not closed and still takes updates.
    /// @param round number of the round
    /// @param submitted number of updates that the round holds
    /// @param deadline time from which the round is closed, once it holds enough updates
    error RoundNotClosed(uint32 round, uint32 submitted, uint64 deadline);

    /// @notice The account is not a client that may submit updates.
    /// @param account the account
    error NotAClient(address account);

    /// @notice The client submitted an update of this round before.
    /// @param client account of the client
    /// @param round number of the round
    error AlreadySubmitted(address client, uint32 round);

    /// @notice The digest of the update or of the new model is zero.
    error ZeroDigest();

    /// @notice The report is about other updates than the round's.
    /// @param given running hash in the report
    /// @param expected running hash of the round's updates
    error WrongUpdatesHash(bytes32 given, bytes32 expected);

    /// @notice The report is by another jury than the round's.
    /// @param given version of the jury in the report
    /// @param expected version of the jury that judges the round
    error WrongJuryVersion(uint32 given, uint32 expected);

    /// @notice The verdicts are not exactly 5 bytes an update.
    /// @param given length of the verdicts in bytes
    /// @param expected length in bytes that the round's updates need
    error WrongVerdictsLength(uint256 given, uint256 expected);

    /// @notice The signatures are not exactly 65 bytes each.
    /// @param given length of the signatures in bytes
    error WrongSignaturesLength(uint256 given);

    /// @notice The report has fewer signatures than the jury's quorum.
    /// @param given number of signatures
    /// @param needed quorum of the jury
    error QuorumNotReached(uint256 given, uint256 needed);

    /// @notice The signers are not in strictly ascending order: they are badly sorted, or one signed twice.
    /// @param previous signer of the signature before
    /// @param signer signer of the signature that does not ascend
    error SignersNotAscending(address previous, address signer);

    /// @notice The signer is not of the jury, or signed something else than this report.
    /// @param signer account that the signature recovers to
    /// @param juryVersion version of the jury
    error NotAJuror(address signer, uint32 juryVersion);

    /// @notice The jury still has time to report on the round.
    /// @param round number of the round
    /// @param voidableFrom time from which the round may be voided
    error TooEarlyToVoid(uint32 round, uint64 voidableFrom);

    /// @notice The zero address cannot be a client.
    error ZeroClient();

    /// @notice The account is a registered client already.
    /// @param client account of the client
    error AlreadyRegistered(address client);

    /// @notice The zero address cannot be a juror.
    error ZeroJuror();

    /// @notice The jury names a juror twice.
    /// @param juror account of the juror
    error DuplicateJuror(address juror);

    /// @notice The jury has more jurors than a jury may have.
    /// @param size number of jurors
    /// @param limit largest number of jurors that a jury may have
    error JuryTooLarge(uint256 size, uint256 limit);

    /// @notice The quorum is not more than half of the jury, or is larger than the jury.
    /// @param quorum number of jurors that would have to sign a report
    /// @param size number of jurors
    error InvalidQuorum(uint32 quorum, uint256 size);

    /// @notice Turns a fresh clone into a task and opens its first round. Only the factory can do so, and
    /// only once.
    /// @param coordinator owner of the task
    /// @param jurors members of the first jury
    /// @param quorum number of jurors that must sign a report: more than half
    /// @param clients accounts of the first clients
    function initialize(
        address coordinator,
        address[] calldata jurors,
        uint32 quorum,
        address[] calldata clients
    ) external;

    /// @notice Submits the caller's update of the round that is on. Every registered client can do so,
    /// once a round, while the round is open and the task is not paused.
    /// @param round number of the round that the update was trained for
    /// @param digest digest of the update's file
    function submitUpdate(uint32 round, bytes32 digest) external;

    /// @notice Takes the jury's report of the closed round, which makes the new model the task's model,
    /// and opens the next round. Anyone may send the report: the signatures prove that it is the jury's.
    /// @param report report of the jury on the round
    /// @param verdicts 5 bytes an update, in the order of the updates: the code of the verdict, then the
    /// number of samples that the mixed model got right
    /// @param signatures 65 bytes a signer, strictly ascending by address, at least the quorum
    function finalizeRound(
        Report calldata report,
        bytes calldata verdicts,
        bytes calldata signatures
    ) external;

    /// @notice Ends an overdue round without a report. The model stays as it was and the next round opens.
    /// Only the coordinator can do so, even while the task is paused, so that no round can stick for ever.
    /// @param round number of the round
    function voidRound(uint32 round) external;

    /// @notice Registers clients, which may submit updates from this round on. Only the coordinator can
    /// do so.
    /// @param clients accounts to register; one that was removed comes back under its old index
    function registerClients(address[] calldata clients) external;

    /// @notice Removes clients, which may submit no more updates. The updates that they submitted to this
    /// round stay in it. Only the coordinator can do so.
    /// @param clients accounts to remove
    function removeClients(address[] calldata clients) external;

    /// @notice Sets the jury that judges from the next round on. Only the coordinator can do so.
    /// @param jurors members of the jury
    /// @param quorum number of jurors that must sign a report: more than half
    function setJury(address[] calldata jurors, uint32 quorum) external;

    /// @notice Stops submitting and finalizing. Time goes on: a round can become overdue meanwhile. Only
    /// the coordinator can do so.
    function pause() external;

    /// @notice Lets submitting and finalizing go on after a pause. Only the coordinator can do so.
    function unpause() external;

    /// @notice Returns the state of the round that is on.
    /// @return number number of the round, from 1; one more than the last round's once finished
    /// @return submitted number of updates that the round holds
    /// @return deadline time from which the round is closed, once it holds enough updates; 0 once finished
    /// @return juryVersion version of the jury that judges the round
    /// @return updatesHash running hash of the round's updates
    /// @return modelDigest digest of the model that the round starts from; of the last one once finished
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
        );

    /// @notice Returns at once what a client or a juror reads to say what it has to do next: the values of
    /// {phase}, {paused}, {currentRound}, {clientOf}, and of {juryOf} and {isJuror} for the round's jury.
    /// @param account account of the client or the juror
    /// @return overview of the task for the account
    function overview(address account) external view returns (Overview memory);

    /// @notice Says whether the task takes updates, waits for the jury or is finished.
    /// @return the phase of the task
    function phase() external view returns (Phase);

    /// @notice Says whether the coordinator stopped submitting and finalizing.
    /// @return true while the task is paused
    function paused() external view returns (bool);

    /// @notice Returns what the task knows of a client.
    /// @param account account of the client
    /// @return index number of the client, from 1; 0: the account was never registered
    /// @return lastRound number of the last round that the client submitted an update in; 0: none
    /// @return active whether the client may submit updates
    function clientOf(address account) external view returns (uint32 index, uint32 lastRound, bool active);

    /// @notice Counts the clients that were ever registered. Their indexes are 1 to this number.
    /// @return number of clients, with those that were removed
    function clientCount() external view returns (uint32);

    /// @notice Names the jury that judges the next round.
    /// @return version of the jury, from 1
    function latestJuryVersion() external view returns (uint32);

    /// @notice Returns the size and the quorum of a jury.
    /// @param version version of the jury
    /// @return size number of jurors; 0: there is no such version
    /// @return quorum number of jurors that must sign a report
    function juryOf(uint32 version) external view returns (uint32 size, uint32 quorum);

    /// @notice Says whether an account is a member of a jury.
    /// @param version version of the jury
    /// @param account account that may be a member
    /// @return true for the members of the jury
    function isJuror(uint32 version, address account) external view returns (bool);

    /// @notice Returns what was fixed when the task was created.
    /// @return config of the task
    function config() external view returns (Config memory);

    /// @notice Computes the EIP-712 digest that a juror signs. It is bound to this chain and this task.
    /// @param report report on a round
    /// @param verdicts verdicts on the round's updates, 5 bytes an update
    /// @return EIP-712 digest of the report and the verdicts
    function hashReport(Report calldata report, bytes calldata verdicts) external view returns (bytes32);
}
