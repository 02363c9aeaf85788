// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IFederatedTask} from "./IFederatedTask.sol";

/// @title What a juror signs
/// @notice The EIP-712 struct hash of a report and its verdicts.
library ReportHash {
    /// @notice The EIP-712 type.
    bytes32 internal constant TYPEHASH =
        keccak256(
            "Report(uint32 round,uint32 juryVersion,bytes32 updatesHash,uint32 baselineCorrect,"
            "uint32 modelCorrect,bytes32 modelDigest,bytes verdicts)"
        );

    /// @notice The EIP-712 struct hash.
    /// @param report the report
    /// @param verdicts its verdicts, 5 bytes an update
    /// @return the hash, without the domain
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
