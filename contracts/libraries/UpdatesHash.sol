// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title The running hash of a round's updates
/// @notice Binds a report to every submission of its round in order, and to what the round started from.
library UpdatesHash {
    /// @notice The kind of an update that its client submitted by itself.
    uint8 internal constant LONE = 0;

    /// @notice The kind of a batch of updates that a relayer posted.
    uint8 internal constant BATCH = 1;

    /// @notice Returns the hash of a round without updates.
    /// @param round number of the round
    /// @param parentModel digest of the model that the round starts from
    /// @param rosterRoot root of the round's roster
    /// @param jury hash of the jury that judges the round
    /// @return running hash of no updates
    function start(
        uint32 round,
        bytes32 parentModel,
        bytes32 rosterRoot,
        bytes32 jury
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(round, parentModel, rosterRoot, jury));
    }

    /// @notice Returns the hash with one more submission.
    /// @param before running hash of the submissions before
    /// @param kind kind of the submission
    /// @param account account that submitted
    /// @param digest digest of the submitted file
    /// @param count number of updates in the file
    /// @return running hash of all submissions
    function add(
        bytes32 before,
        uint8 kind,
        address account,
        bytes32 digest,
        uint32 count
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(before, kind, account, digest, count));
    }
}
