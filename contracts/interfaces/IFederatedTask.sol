// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title The interface of a federated learning task
/// @notice A task trains one global model with the members of a roster. A jury judges every update.
/// @dev Every digest is the 32-byte sha2-256 digest of an IPFS CIDv0. The coordinator is the owner. A jury's
/// hash is keccak256(abi.encode(jurors, quorum)), its jurors strictly ascending.
interface IFederatedTask {
    /// @notice The config holds what is fixed for the life of a task.
    /// @param specDigest digest of the task's spec
    /// @param genesisDigest digest of the model that round 1 starts from
    /// @param roundSeconds seconds from the opening of a round to its deadline
    /// @param batchSeconds seconds from the opening of a round in which batches are taken; 0: none are
    /// @param availabilitySeconds seconds from the closing of a round in which its files have to appear
    /// @param graceSeconds seconds from a round's deadline to the time from which the coordinator may void it:
    /// at least four times `availabilitySeconds`
    /// @param noticeSeconds seconds from the announcement of a jury to the time from which it takes over with
    /// the next round that opens, even without the consent of the jury before it
    /// @param minUpdates fewest updates that a round closes with
    /// @param maxUpdates most updates that clients may submit themselves in a round
    /// @param rounds number of the last round; 0: the task has no last round
    struct Config {
        bytes32 specDigest;
        bytes32 genesisDigest;
        uint32 roundSeconds;
        uint32 batchSeconds;
        uint32 availabilitySeconds;
        uint32 graceSeconds;
        uint32 noticeSeconds;
        uint32 minUpdates;
        uint32 maxUpdates;
        uint32 rounds;
    }

    /// @notice A roster says who may submit. All of it is zero for a roster of nobody.
    /// @param root root of OpenZeppelin's standard Merkle tree over the members' addresses
    /// @param size number of members, which the contract cannot count: jurors check it against the file
    /// @param digest digest of the file that lists the members
    struct Roster {
        bytes32 root;
        uint32 size;
        bytes32 digest;
    }

    /// @notice A report holds what the jury says of a round, except for its verdicts. The jurors also sign the
    /// model that they judged from, which the contract takes from its own storage.
    /// @param round number of the round
    /// @param juryVersion version of the jury that signs the report
    /// @param updatesHash running hash of the round's updates
    /// @param attempt number of the jury's attempt at a report, from 0
    /// @param accuracy thousandths of the verification samples that the new model gets right; 0xffff: not told
    /// @param modelDigest digest of the new model
    /// @param recordDigest digest of the round's record
    /// @param nextJury hash of the jury that the signers want next: an announced one takes over at once only
    /// if it is this one
    struct Report {
        uint32 round;
        uint32 juryVersion;
        bytes32 updatesHash;
        uint32 attempt;
        uint16 accuracy;
        bytes32 modelDigest;
        bytes32 recordDigest;
        bytes32 nextJury;
    }

    /// @notice An open round takes updates, a closed one waits for the jury, a finished task has no round.
    enum Phase {
        Open,
        Closed,
        Finished
    }

    /// @notice An overview holds all that one account must know to say what it has to do next.
    /// @param phase whether the task takes updates, waits for the jury or is finished
    /// @param round number of the round that is on, from 1; one more than the last round's once finished
    /// @param submitted number of updates that the round holds, those in batches as announced
    /// @param batched number of these that batches announced
    /// @param deadline time from which the round is closed, once it holds enough updates; 0 once finished
    /// @param updatesHash running hash of the round's updates; 0 once finished
    /// @param modelDigest digest of the model that the round starts from; of the last one once finished
    /// @param rosterVersion version of the round's roster, from 1
    /// @param rosterSize number of members of that roster
    /// @param rosterRoot root of that roster; 0: nobody
    /// @param juryVersion version of the jury that judges the round, from 1
    /// @param jurySize number of jurors in that jury
    /// @param quorum number of that jury's jurors that must sign a report
    /// @param jury hash of that jury
    /// @param nextJury hash of the announced jury; 0: none is announced
    /// @param nextJuryFrom time from which that jury takes over with the next round that opens; 0: none
    /// @param isJuror whether the account is a member of the round's jury
    /// @param isNextJuror whether the account is a member of the announced jury
    /// @param hasProved whether the account has proved to be in the round's roster; it may be in it anyway
    /// @param lastRound number of the last round that the account submitted an update in itself; 0: none
    /// @param isRelayer whether the account may submit batches
    struct Overview {
        Phase phase;
        uint32 round;
        uint32 submitted;
        uint32 batched;
        uint64 deadline;
        bytes32 updatesHash;
        bytes32 modelDigest;
        uint32 rosterVersion;
        uint32 rosterSize;
        bytes32 rosterRoot;
        uint32 juryVersion;
        uint32 jurySize;
        uint32 quorum;
        bytes32 jury;
        bytes32 nextJury;
        uint64 nextJuryFrom;
        bool isJuror;
        bool isNextJuror;
        bool hasProved;
        uint32 lastRound;
        bool isRelayer;
    }

    /// @notice A round opened and takes updates from now on.
    /// @param round number of the round
    /// @param rosterVersion version of the round's roster
    /// @param juryVersion version of the jury that will judge the round
    /// @param deadline time from which the round is closed, once it holds enough updates
    /// @param modelDigest digest of the model that the round starts from
    event RoundOpened(
        uint32 indexed round,
        uint32 rosterVersion,
        uint32 juryVersion,
        uint64 deadline,
        bytes32 modelDigest
    );

    /// @notice A client submitted an update.
    /// @param round number of the round
    /// @param client account that submitted the update
    /// @param index place of the update in the round, from 0
    /// @param digest digest of the update's file
    event UpdateSubmitted(uint32 indexed round, address indexed client, uint32 index, bytes32 digest);

    /// @notice A relayer submitted a batch of updates, which its clients signed.
    /// @param round number of the round
    /// @param relayer account that submitted the batch
    /// @param index place of the batch's first update in the round, from 0
    /// @param count number of updates that the batch announces
    /// @param digest digest of the file that lists them
    event BatchSubmitted(
        uint32 indexed round,
        address indexed relayer,
        uint32 index,
        uint32 count,
        bytes32 digest
    );

    /// @notice The coordinator said whether an account may submit batches from now on.
    /// @param relayer the account
    /// @param allowed whether it may
    event RelayerSet(address indexed relayer, bool allowed);

    /// @notice The contract took the jury's report of a round. The model that it was judged from stands in the
    /// round's {RoundOpened}.
    /// @param round number of the round
    /// @param juryVersion version of the jury that signed the report
    /// @param updatesHash running hash of the round's updates
    /// @param attempt number of the jury's attempt at a report, from 0
    /// @param accuracy thousandths of the verification samples that the new model gets right; 0xffff: not told
    /// @param modelDigest digest of the new model
    /// @param recordDigest digest of the round's record
    /// @param nextJury hash of the jury that the signers want next
    /// @param verdicts a byte an update: the code of its verdict
    /// @param signatures 65 bytes a signer, strictly ascending by address
    event RoundFinalized(
        uint32 indexed round,
        uint32 juryVersion,
        bytes32 updatesHash,
        uint32 attempt,
        uint16 accuracy,
        bytes32 modelDigest,
        bytes32 recordDigest,
        bytes32 nextJury,
        bytes verdicts,
        bytes signatures
    );

    /// @notice An overdue round ended without a report. The model stays as it was.
    /// @param round number of the round
    /// @param updatesHash running hash of the round's updates
    event RoundVoided(uint32 indexed round, bytes32 updatesHash);

    /// @notice The coordinator set the roster that counts from the next round on.
    /// @param version version that the roster will have; of several with the same, the last one counts
    /// @param root root of the members' Merkle tree; 0: nobody
    /// @param size number of members
    /// @param digest digest of the file that lists the members
    event RosterSet(uint32 indexed version, bytes32 root, uint32 size, bytes32 digest);

    /// @notice The coordinator announced a jury.
    /// @param version version that the jury will have; of several with the same, the last one counts
    /// @param jury hash of the jury
    /// @param entersFrom time from which it takes over with the next round that opens, whoever agrees
    /// @param jurors members of the jury, strictly ascending
    /// @param quorum number of jurors that must sign a report
    event JuryAnnounced(
        uint32 indexed version,
        bytes32 indexed jury,
        uint64 entersFrom,
        address[] jurors,
        uint32 quorum
    );

    /// @notice Somebody said where the samples of a verification slice are. The contract does not know
    /// whether they are: the spec's commitment to the slice shows it to whoever has the file.
    /// @param slice number of the slice in the task's spec, from 1
    /// @param discloser account that says so
    /// @param digest digest of the file that holds the samples
    event SliceDisclosed(uint32 indexed slice, address indexed discloser, bytes32 digest);

    /// @notice The config names no spec.
    error ZeroSpecDigest();

    /// @notice The config names no genesis model.
    error ZeroGenesisDigest();

    /// @notice The config gives a round no time.
    error ZeroRoundSeconds();

    /// @notice Batches would be taken until a round's deadline: who is missing in one needs time to submit.
    /// @param batchSeconds seconds from the opening of a round in which batches are taken
    /// @param roundSeconds seconds from the opening of a round to its deadline, which must be more
    error InvalidBatchSeconds(uint32 batchSeconds, uint32 roundSeconds);

    /// @notice The config gives the files of a round no time to appear.
    error ZeroAvailabilitySeconds();

    /// @notice A round could be voided before the jury had time to fetch its files, to agree and to report.
    /// @param graceSeconds seconds from a round's deadline to the time from which it may be voided
    /// @param least fewest such seconds: four times `availabilitySeconds`
    error GraceTooShort(uint32 graceSeconds, uint256 least);

    /// @notice A jury would take over without the consent of the one before it too soon or too late.
    /// @param noticeSeconds seconds from the announcement of a jury to the time from which it takes over
    /// @param least fewest such seconds
    /// @param most most such seconds
    error InvalidNoticeSeconds(uint32 noticeSeconds, uint32 least, uint32 most);

    /// @notice The config's numbers of updates do not satisfy 1 <= minUpdates <= maxUpdates <= limit.
    /// @param minUpdates fewest updates that a round closes with
    /// @param maxUpdates most updates that clients may submit themselves in a round
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

    /// @notice As many clients have submitted themselves as may. The round stays open until its deadline.
    /// @param round number of the round
    /// @param limit most updates that clients may submit themselves in a round
    error RoundFull(uint32 round, uint32 limit);

    /// @notice The coordinator has not named the account a relayer, or has taken it back.
    /// @param account the account
    error NotARelayer(address account);

    /// @notice The rest of the round is left to clients that submit themselves.
    /// @param round number of the round
    /// @param end time since which the round takes no more batches
    error TooLateForBatches(uint32 round, uint64 end);

    /// @notice A batch has to announce an update at least, and no more than the round has room for in batches.
    /// @param count number of updates that the batch announces
    /// @param room most that it may announce
    error InvalidBatchCount(uint32 count, uint32 room);

    /// @notice The proof does not show that the account is in the round's roster.
    /// @param account the account
    /// @param rosterVersion version of the round's roster
    error NotInRoster(address account, uint32 rosterVersion);

    /// @notice The client submitted an update of this round before.
    /// @param client account of the client
    /// @param round number of the round
    error AlreadySubmitted(address client, uint32 round);

    /// @notice The digest of the update, of the batch, of the new model, of the round's record or of the slice is zero.
    error ZeroDigest();

    /// @notice The slice has no number: slices count from 1.
    error ZeroSlice();

    /// @notice The report is about other updates than the round's.
    /// @param given running hash in the report
    /// @param expected running hash of the round's updates
    error WrongUpdatesHash(bytes32 given, bytes32 expected);

    /// @notice The report is by another jury than the round's.
    /// @param given version of the jury in the report
    /// @param expected version of the jury that judges the round
    error WrongJuryVersion(uint32 given, uint32 expected);

    /// @notice The verdicts are not exactly a byte an update.
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
    /// @param voidableFrom time from which the caller may void the round
    error TooEarlyToVoid(uint32 round, uint64 voidableFrom);

    /// @notice The roster's root, size and digest are neither all given nor all zero.
    /// @param root root of the members' Merkle tree
    /// @param size number of members
    /// @param digest digest of the file that lists the members
    error IncompleteRoster(bytes32 root, uint32 size, bytes32 digest);

    /// @notice The roster has more members than a roster may have.
    /// @param size number of members
    /// @param limit largest number of members that a roster may have
    error RosterTooLarge(uint32 size, uint32 limit);

    /// @notice The jurors are not in strictly ascending order: they are badly sorted, one of them is named
    /// twice, or one is the zero address.
    /// @param previous juror before
    /// @param juror juror that does not ascend
    error JurorsNotAscending(address previous, address juror);

    /// @notice The jury has more jurors than a jury may have.
    /// @param size number of jurors
    /// @param limit largest number of jurors that a jury may have
    error JuryTooLarge(uint256 size, uint256 limit);

    /// @notice The quorum is not more than two thirds of the jury, or is larger than the jury.
    /// @param quorum number of jurors that would have to sign a report
    /// @param size number of jurors
    error InvalidQuorum(uint32 quorum, uint256 size);

    /// @notice Turns a fresh clone into a task and opens its first round. Only the factory can do so, and
    /// only once.
    /// @param coordinator owner of the task
    /// @param first who may submit from the first round on
    /// @param jurors members of the first jury, strictly ascending
    /// @param quorum number of jurors that must sign a report: more than two thirds
    /// @param relayers accounts that may submit batches from the first round on
    function initialize(
        address coordinator,
        Roster calldata first,
        address[] calldata jurors,
        uint32 quorum,
        address[] calldata relayers
    ) external;

    /// @notice Submits the caller's update of the round that is on. Every member of the round's roster can do
    /// so, once a round, while the round is open and not full.
    /// @param round number of the round that the update was trained for
    /// @param digest digest of the update's file
    /// @param proof proof that the caller is in the round's roster: sibling hashes from its leaf up to the
    /// root. It is remembered; under a roster that the caller submitted under before none is needed or read
    function submitUpdate(uint32 round, bytes32 digest, bytes32[] calldata proof) external;

    /// @notice Submits updates that their clients signed and handed to the caller. Every relayer can do so, in
    /// the first `batchSeconds` of a round. What the file says is the jury's to check: the contract only counts
    /// what it announces. An update that its client submits itself counts instead of one in a batch.
    /// @param round number of the round that the updates were trained for
    /// @param count number of updates in the file
    /// @param digest digest of the file that lists them
    function submitBatch(uint32 round, uint32 count, bytes32 digest) external;

    /// @notice Takes the jury's report of the closed round, which makes the new model the task's model,
    /// and opens the next round. Anyone may send the report: the signatures prove that it is the jury's.
    /// @param report report of the jury on the round
    /// @param verdicts a byte an update, in the order of the updates: the code of its verdict
    /// @param signatures 65 bytes a signer, strictly ascending by address, at least the quorum
    function finalizeRound(
        Report calldata report,
        bytes calldata verdicts,
        bytes calldata signatures
    ) external;

    /// @notice Ends an overdue round without a report. The model stays as it was and the next round opens.
    /// The coordinator can do so from `deadline + graceSeconds` on; anyone can, for a closed round, from
    /// `deadline + 10 * graceSeconds` on, so that no jury that is gone keeps a round for ever.
    /// @param round number of the round
    function voidRound(uint32 round) external;

    /// @notice Sets the roster that counts from the next round on, instead of one that was set in this round.
    /// Only the coordinator can do so. Whoever is in it proves so anew.
    /// @param next who may submit from then on; all zero: nobody
    function setRoster(Roster calldata next) external;

    /// @notice Announces a jury, instead of one that was announced and has not taken over. It takes over with
    /// the next round if the report of this one wants it, else with the first round that opens when the
    /// config's notice is over, which starts now. Only the coordinator can do so.
    /// @param jurors members of the jury, strictly ascending
    /// @param quorum number of jurors that must sign a report: more than two thirds
    function setJury(address[] calldata jurors, uint32 quorum) external;

    /// @notice Says whether an account may submit batches, from now on. Only the coordinator can do so.
    /// @param relayer the account
    /// @param allowed whether it may
    function setRelayer(address relayer, bool allowed) external;

    /// @notice Says where the samples of a verification slice are, which is told on and not kept. Anyone can
    /// do so at any time, also when the task is finished: the spec's commitment to the slice tells whether the
    /// file is the slice, so that a wrong digest misleads nobody who looks.
    /// @param slice number of the slice in the task's spec, from 1
    /// @param digest digest of the file that holds the samples
    function discloseSlice(uint32 slice, bytes32 digest) external;

    /// @notice Returns the state of the round that is on.
    /// @return number number of the round, from 1; one more than the last round's once finished
    /// @return submitted number of updates that the round holds, those in batches as announced
    /// @return batched number of these that batches announced
    /// @return deadline time from which the round is closed, once it holds enough updates; 0 once finished
    /// @return rosterVersion version of the round's roster
    /// @return juryVersion version of the jury that judges the round
    /// @return updatesHash running hash of the round's updates; 0 once finished
    /// @return modelDigest digest of the model that the round starts from; of the last one once finished
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
        );

    /// @notice Returns at once what a client or a juror reads to say what it has to do next.
    /// @param account account of the client or the juror
    /// @return overview of the task for the account
    function overview(address account) external view returns (Overview memory);

    /// @notice Says whether the task takes updates, waits for the jury or is finished.
    /// @return the phase of the task
    function phase() external view returns (Phase);

    /// @notice Returns the roster of the round that is on. Its file's digest stands in {RosterSet}.
    /// @return version version of the roster, from 1
    /// @return root root of the members' Merkle tree; 0: nobody
    /// @return size number of members
    function roster() external view returns (uint32 version, bytes32 root, uint32 size);

    /// @notice Returns the roster that waits for the next round.
    /// @return version version that it will have; 0: none waits
    /// @return root root of the members' Merkle tree; 0: nobody
    /// @return size number of members
    function nextRoster() external view returns (uint32 version, bytes32 root, uint32 size);

    /// @notice Returns what the task knows of a client.
    /// @param account account of the client
    /// @return rosterVersion version of the last roster that the client proved to be in; 0: none
    /// @return lastRound number of the last round that the client submitted an update in itself; 0: none
    function clientOf(address account) external view returns (uint32 rosterVersion, uint32 lastRound);

    /// @notice Returns the jury that judges the round that is on. Its members stand in {JuryAnnounced}.
    /// @return version version of the jury, from 1
    /// @return hash hash of the jury
    /// @return size number of jurors
    /// @return quorum number of jurors that must sign a report
    function jury() external view returns (uint32 version, bytes32 hash, uint32 size, uint32 quorum);

    /// @notice Returns the announced jury.
    /// @return version version that it will have; 0: none is announced
    /// @return hash hash of the jury
    /// @return size number of jurors
    /// @return quorum number of jurors that must sign a report
    /// @return entersFrom time from which it takes over with the next round that opens, whoever agrees
    function nextJury()
        external
        view
        returns (uint32 version, bytes32 hash, uint32 size, uint32 quorum, uint64 entersFrom);

    /// @notice Says whether an account may submit batches.
    /// @param account the account
    /// @return true for those that the coordinator named, and has not taken back
    function isRelayer(address account) external view returns (bool);

    /// @notice Says how many updates batches may still announce in the round that is on.
    /// @return how many, if it is early enough in the round; 0 once finished
    function batchRoom() external view returns (uint32);

    /// @notice Says whether an account is a member of a jury of this task.
    /// @param hash hash of a jury that was announced, even if it never took over
    /// @param account account that may be a member
    /// @return true for the members of the jury
    function isJuror(bytes32 hash, address account) external view returns (bool);

    /// @notice Returns what was fixed when the task was created.
    /// @return config of the task
    function config() external view returns (Config memory);

    /// @notice Computes the EIP-712 digest that a juror signs. It is bound to this chain, this task and the
    /// task's model of now.
    /// @param report report on a round
    /// @param verdicts verdicts on the round's updates, a byte an update
    /// @return EIP-712 digest of the report, the model and the verdicts
    function hashReport(Report calldata report, bytes calldata verdicts) external view returns (bytes32);
}
