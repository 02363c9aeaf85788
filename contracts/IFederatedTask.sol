// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title The types, events and errors of a federated learning task
/// @notice One task is one global model trained by one federation, with a jury that judges every update.
/// @dev A digest is the 32-byte sha2-256 digest of an IPFS CIDv0.
interface IFederatedTask {
    /// @notice What is fixed for the life of a task.
    /// @param specDigest digest of the task's spec
    /// @param genesisDigest digest of the model that round 1 starts from
    /// @param roundSeconds how long a round takes updates
    /// @param graceSeconds how long after its deadline a round may first be voided
    /// @param minUpdates fewest updates of a round
    /// @param maxUpdates most updates of a round
    /// @param rounds number of the last round; 0: there is no last one
    struct Config {
        bytes32 specDigest;
        bytes32 genesisDigest;
        uint32 roundSeconds;
        uint32 graceSeconds;
        uint32 minUpdates;
        uint32 maxUpdates;
        uint32 rounds;
    }

    /// @notice What the jury says of a round, but for its verdicts.
    /// @param round number of the round
    /// @param juryVersion version of the jury that speaks
    /// @param updatesHash the round's running hash
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

    /// @notice Open takes updates, Closed waits for the jury, Finished is for ever.
    enum Phase {
        Open,
        Closed,
        Finished
    }

    /// @notice A round takes updates from now on.
    /// @param round number of the round
    /// @param juryVersion version of the jury that will judge it
    /// @param deadline time from which it is closed, once it holds enough updates
    /// @param modelDigest digest of the model that it starts from
    event RoundOpened(uint32 indexed round, uint32 juryVersion, uint64 deadline, bytes32 modelDigest);

    /// @notice A client submitted an update.
    /// @param round number of the round
    /// @param client who submitted
    /// @param index place of the update in the round, from 0
    /// @param digest digest of the update's file
    event UpdateSubmitted(uint32 indexed round, address indexed client, uint32 index, bytes32 digest);

    /// @notice The jury's report of a round stands.
    /// @param round number of the round
    /// @param juryVersion version of the jury that judged it
    /// @param updatesHash the round's running hash
    /// @param baselineCorrect verification samples that the round's model got right
    /// @param modelCorrect verification samples that the new model gets right
    /// @param modelDigest digest of the new model
    /// @param verdicts 5 bytes an update: its code, and how many samples the mixed model got right
    /// @param signatures 65 bytes a signer, ascending by address
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

    /// @notice An overdue round ended without a report; the model stays.
    /// @param round number of the round
    /// @param updatesHash the round's running hash
    event RoundVoided(uint32 indexed round, bytes32 updatesHash);

    /// @notice A client may submit updates from now on.
    /// @param client who
    /// @param index the client's number, from 1; it keeps it when it is removed and comes back
    event ClientRegistered(address indexed client, uint32 index);

    /// @notice A client may submit no more updates.
    /// @param client who
    event ClientRemoved(address indexed client);

    /// @notice A new jury judges from the next round on.
    /// @param version number of the jury, from 1
    /// @param jurors its members
    /// @param quorum how many must sign
    event JurySet(uint32 indexed version, address[] jurors, uint32 quorum);

    /// @notice The coordinator stopped submitting and finalizing.
    /// @param account who
    event Paused(address account);

    /// @notice The coordinator let submitting and finalizing go on.
    /// @param account who
    event Unpaused(address account);

    /// @notice The config names no spec.
    error ZeroSpecDigest();

    /// @notice The config names no genesis model.
    error ZeroGenesisDigest();

    /// @notice The config gives a round no time.
    error ZeroRoundSeconds();

    /// @notice The config's numbers of updates do not satisfy 1 <= least <= most <= limit.
    /// @param minUpdates fewest updates of a round
    /// @param maxUpdates most updates of a round
    /// @param limit what `maxUpdates` may be at most
    error InvalidUpdateBounds(uint32 minUpdates, uint32 maxUpdates, uint32 limit);

    /// @notice This is the shared implementation, not a task.
    error NotATask();

    /// @notice Only the factory initializes a task.
    /// @param caller who tried
    error NotTheFactory(address caller);

    /// @notice A task is initialized once.
    error AlreadyInitialized();

    /// @notice A task has a coordinator for ever, because a round could otherwise stick.
    error OwnershipNotRenounceable();

    /// @notice The last round is over, nothing more can happen in this task.
    error TaskFinished();

    /// @notice Submitting and finalizing are paused.
    error EnforcedPause();

    /// @notice The task is not paused.
    error ExpectedPause();

    /// @notice The call is meant for a round that is over or not yet open.
    /// @param given round of the call
    /// @param current the round that is on
    error WrongRound(uint32 given, uint32 current);

    /// @notice The round takes no more updates.
    /// @param round number of the round
    /// @param deadline since when
    error RoundClosed(uint32 round, uint64 deadline);

    /// @notice The round still takes updates.
    /// @param round number of the round
    /// @param submitted updates that it holds
    /// @param deadline time from which it is closed, once it holds enough updates
    error RoundNotClosed(uint32 round, uint32 submitted, uint64 deadline);

    /// @notice Not a registered client.
    /// @param account who
    error NotAClient(address account);

    /// @notice The client's update of this round is in already.
    /// @param client who
    /// @param round number of the round
    error AlreadySubmitted(address client, uint32 round);

    /// @notice An update or a model without a digest.
    error ZeroDigest();

    /// @notice The report is on other updates than the round's.
    /// @param given running hash in the report
    /// @param expected running hash of the round
    error WrongUpdatesHash(bytes32 given, bytes32 expected);

    /// @notice The report is of another jury than the round's.
    /// @param given jury version in the report
    /// @param expected jury version of the round
    error WrongJuryVersion(uint32 given, uint32 expected);

    /// @notice Not exactly 5 bytes of verdict an update.
    /// @param given length in bytes
    /// @param expected length in bytes
    error WrongVerdictsLength(uint256 given, uint256 expected);

    /// @notice Not a whole number of 65-byte signatures.
    /// @param given length in bytes
    error WrongSignaturesLength(uint256 given);

    /// @notice Fewer signatures than the jury's quorum.
    /// @param given number of signatures
    /// @param needed the quorum
    error QuorumNotReached(uint256 given, uint256 needed);

    /// @notice The signers are not in strictly ascending order: badly sorted, or one signed twice.
    /// @param previous signer of the signature before
    /// @param signer signer of this one
    error SignersNotAscending(address previous, address signer);

    /// @notice A signer is not of the jury, or signed something else than this report.
    /// @param signer whom the signature recovers to
    /// @param juryVersion version of the jury
    error NotAJuror(address signer, uint32 juryVersion);

    /// @notice The jury's time is not over yet.
    /// @param round number of the round
    /// @param voidableFrom time from which the round may be voided
    error TooEarlyToVoid(uint32 round, uint64 voidableFrom);

    /// @notice The zero address is no client.
    error ZeroClient();

    /// @notice The account is a registered client already.
    /// @param client who
    error AlreadyRegistered(address client);

    /// @notice The zero address is no juror.
    error ZeroJuror();

    /// @notice A juror is named twice.
    /// @param juror who
    error DuplicateJuror(address juror);

    /// @notice More jurors than a jury may have.
    /// @param size number of jurors
    /// @param limit what it may be at most
    error JuryTooLarge(uint256 size, uint256 limit);

    /// @notice The quorum is not more than half of the jury, or larger than the jury.
    /// @param quorum how many should have to sign
    /// @param size number of jurors
    error InvalidQuorum(uint32 quorum, uint256 size);
}
