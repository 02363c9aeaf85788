// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IFederatedTask} from "../interfaces/IFederatedTask.sol";

/// @title The hash of a report
/// @notice Computes the EIP-712 struct hash of a report and its verdicts, which a juror signs.
library ReportHash {
    /// @notice The hash of the EIP-712 type of a report with its parent model and verdicts.
    bytes32 internal constant TYPEHASH =
        keccak256(
            "Report(uint32 round,uint32 juryVersion,bytes32 updatesHash,bytes32 parentModel,uint32 attempt,"
            "uint16 accuracy,bytes32 modelDigest,bytes32 recordDigest,bytes32 nextJury,bytes verdicts)"
        );

    /// @notice Computes the EIP-712 struct hash of a report and its verdicts.
    /// @param report report on a round
    /// @param parentModel digest of the model that the round started from, which the sender does not choose
    /// @param verdicts verdicts on the round's updates, a byte an update
    /// @return struct hash, without the domain
    function hash(
        IFederatedTask.Report calldata report,
        bytes32 parentModel,
        bytes calldata verdicts
    ) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    TYPEHASH,
                    report.round,
                    report.juryVersion,
                    report.updatesHash,
                    parentModel,
                    report.attempt,
                    report.accuracy,
                    report.modelDigest,
                    report.recordDigest,
                    report.nextJury,
                    keccak256(verdicts)
                )
            );
    }
}
