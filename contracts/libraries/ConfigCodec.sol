// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IFederatedTask} from "../interfaces/IFederatedTask.sol";

/// @title The codec of a task's config
/// @notice Checks a config and packs it into the immutable arguments behind the code of a task's clone.
library ConfigCodec {
    /// @notice Most updates that a round may hold: their verdicts, a byte each, must fit the 128 kB that nodes
    /// relay, beside the signatures of the largest jury.
    uint32 internal constant ENTRIES_LIMIT = 120_000;

    /// @notice Most updates that clients may submit themselves in a round.
    uint32 internal constant UPDATES_LIMIT = 100_000;

    /// @notice Shortest notice of a jury: whoever looks once a day sees it coming.
    uint32 internal constant NOTICE_MIN = 1 days;

    /// @notice Longest notice of a jury: so long a task may wait for another one when its jury is lost.
    uint32 internal constant NOTICE_MAX = 90 days;

    /// @notice How many times the time that files have to appear the grace must be at least: the jury needs
    /// the rest to agree and to report.
    uint256 internal constant GRACE_FACTOR = 4;

    /// @notice Reverts unless a task can run with the config.
    /// @param config config of a task
    function validate(IFederatedTask.Config calldata config) internal pure {
        if (config.specDigest == 0) revert IFederatedTask.ZeroSpecDigest();
        if (config.genesisDigest == 0) revert IFederatedTask.ZeroGenesisDigest();
        if (config.roundSeconds == 0) revert IFederatedTask.ZeroRoundSeconds();
        if (config.batchSeconds >= config.roundSeconds) {
            revert IFederatedTask.InvalidBatchSeconds(config.batchSeconds, config.roundSeconds);
        }
        if (config.availabilitySeconds == 0) revert IFederatedTask.ZeroAvailabilitySeconds();
        uint256 leastGrace = GRACE_FACTOR * config.availabilitySeconds;
        if (config.graceSeconds < leastGrace) {
            revert IFederatedTask.GraceTooShort(config.graceSeconds, leastGrace);
        }
        if (config.noticeSeconds < NOTICE_MIN || config.noticeSeconds > NOTICE_MAX) {
            revert IFederatedTask.InvalidNoticeSeconds(config.noticeSeconds, NOTICE_MIN, NOTICE_MAX);
        }
        if (
            config.minUpdates == 0 ||
            config.minUpdates > config.maxUpdates ||
            config.maxUpdates > UPDATES_LIMIT
        ) {
            revert IFederatedTask.InvalidUpdateBounds(config.minUpdates, config.maxUpdates, UPDATES_LIMIT);
        }
    }

    /// @notice Packs a config without the ABI's padding, because every byte of it would cost 200 gas at the
    /// creation of a task.
    /// @param config config of a task
    /// @return args fields of the config in order, without padding: 96 bytes
    function pack(IFederatedTask.Config calldata config) internal pure returns (bytes memory args) {
        return
            abi.encodePacked(
                config.specDigest,
                config.genesisDigest,
                config.roundSeconds,
                config.batchSeconds,
                config.availabilitySeconds,
                config.graceSeconds,
                config.noticeSeconds,
                config.minUpdates,
                config.maxUpdates,
                config.rounds
            );
    }

    /// @notice Reads how long a round takes batches from a config that {pack} packed, without the rest.
    /// @param args fields of the config in order, without padding
    /// @return roundSeconds seconds from the opening of a round to its deadline
    /// @return batchSeconds seconds from the opening of a round in which batches are taken
    function batchTimes(bytes memory args) internal pure returns (uint32 roundSeconds, uint32 batchSeconds) {
        uint256 numbers;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            // The word of the numbers begins with these two.
            numbers := mload(add(args, 0x60))
        }
        return (uint32(numbers >> 224), uint32(numbers >> 192));
    }

    /// @notice Unpacks a config that {pack} packed.
    /// @param args fields of the config in order, without padding
    /// @return config config of a task
    function unpack(bytes memory args) internal pure returns (IFederatedTask.Config memory config) {
        bytes32 specDigest;
        bytes32 genesisDigest;
        uint256 numbers;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            specDigest := mload(add(args, 0x20))
            genesisDigest := mload(add(args, 0x40))
            // The eight numbers fill this word.
            numbers := mload(add(args, 0x60))
        }
        return
            IFederatedTask.Config({
                specDigest: specDigest,
                genesisDigest: genesisDigest,
                roundSeconds: uint32(numbers >> 224),
                batchSeconds: uint32(numbers >> 192),
                availabilitySeconds: uint32(numbers >> 160),
                graceSeconds: uint32(numbers >> 128),
                noticeSeconds: uint32(numbers >> 96),
                minUpdates: uint32(numbers >> 64),
                maxUpdates: uint32(numbers >> 32),
                rounds: uint32(numbers)
            });
    }
}
