// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IFederatedTask} from "../interfaces/IFederatedTask.sol";

/// @title The hash of a report
/// @notice Computes the EIP-712 struct hash of a report and its verdicts, which a juror signs.
library ReportHash {
    /// @notice The hash of the EIP-712 type of a report with its verdicts.
    bytes32 internal constant TYPEHASH =
        keccak256(
            "Report(uint32 round,uint32 juryVersion,bytes32 updatesHash,uint32 baselineCorrect,"
            "uint32 modelCorrect,bytes32 modelDigest,bytes verdicts)"
        );

    /// @notice Computes the EIP-712 struct hash of a report and its verdicts.
    /// @param report report on a round
    /// @param verdicts verdicts on the round's updates, 5 bytes an update
    /// @return struct hash, without the domain
    function hash(
        IFederatedTask.Report calldata report,
        bytes calldata verdicts
    ) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    TYPEHASH,
                    report.round,
                    report.juryVersion,
                    report.updatesHash,
                    report.baselineCorrect,
                    report.modelCorrect,
                    report.modelDigest,
                    keccak256(verdicts)
                )
            );
    }
}
