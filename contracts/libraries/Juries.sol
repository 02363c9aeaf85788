// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {IFederatedTask} from "../interfaces/IFederatedTask.sol";

/// @title The juries of a task
/// @notice Fills a version of the jury and checks that a quorum of one signed.
library Juries {
    using ECDSA for bytes32;

    /// @notice Most jurors that a jury may have: to set so many costs less gas than a transaction may use.
    uint256 internal constant SIZE_LIMIT = 128;

    /// @notice Length of one signature in bytes: r, s and v.
    uint256 internal constant SIGNATURE_LENGTH = 65;

    /// @notice One version of a task's jury.
    /// @param size number of jurors
    /// @param quorum number of jurors that must sign a report
    /// @param isMember whether an account is one of the jurors
    struct Jury {
        uint32 size;
        uint32 quorum;
        mapping(address account => bool) isMember;
    }

    /// @notice Fills an empty jury with its members and sets its quorum.
    /// @param jury empty jury to fill
    /// @param jurors members of the jury
    /// @param quorum number of jurors that must sign a report: more than half
    function fill(Jury storage jury, address[] calldata jurors, uint32 quorum) internal {
        uint256 size = jurors.length;
        if (size > SIZE_LIMIT) revert IFederatedTask.JuryTooLarge(size, SIZE_LIMIT);
        if (quorum > size || uint256(quorum) * 2 <= size) revert IFederatedTask.InvalidQuorum(quorum, size);
        for (uint256 i = 0; i < size; ++i) {
            address juror = jurors[i];
            if (juror == address(0)) revert IFederatedTask.ZeroJuror();
            if (jury.isMember[juror]) revert IFederatedTask.DuplicateJuror(juror);
            jury.isMember[juror] = true;
        }
        jury.size = uint32(size);
        jury.quorum = quorum;
    }

    /// @notice Reverts unless enough jurors signed a digest, each once. The strict order of the signers rules
    /// out a second signature of one juror without a record of who signed.
    /// @param jury jury whose members may sign
    /// @param version version of the jury, for the error
    /// @param quorum quorum of the jury, which the caller has at hand
    /// @param digest digest that the jurors signed
    /// @param signatures 65 bytes a signer, strictly ascending by address
    function requireQuorum(
        Jury storage jury,
        uint32 version,
        uint256 quorum,
        bytes32 digest,
        bytes calldata signatures
    ) internal view {
        if (signatures.length % SIGNATURE_LENGTH != 0)
            revert IFederatedTask.WrongSignaturesLength(signatures.length);
        uint256 count = signatures.length / SIGNATURE_LENGTH;
        if (count < quorum) revert IFederatedTask.QuorumNotReached(count, quorum);
        address previous = address(0);
        for (uint256 i = 0; i < count; ++i) {
            address signer = _recover(digest, signatures, i * SIGNATURE_LENGTH);
            if (signer <= previous) revert IFederatedTask.SignersNotAscending(previous, signer);
            if (!jury.isMember[signer]) revert IFederatedTask.NotAJuror(signer, version);
            previous = signer;
        }
    }

    /// @notice Recovers the signer of one of the signatures. OpenZeppelin's ECDSA refuses malleable ones.
    /// @param digest digest that was signed
    /// @param signatures 65 bytes a signer
    /// @param offset position of the signature's first byte
    /// @return account that signed
    function _recover(
        bytes32 digest,
        bytes calldata signatures,
        uint256 offset
    ) private pure returns (address) {
        bytes32 r = bytes32(signatures[offset:offset + 32]);
        bytes32 s = bytes32(signatures[offset + 32:offset + 64]);
        uint8 v = uint8(signatures[offset + 64]);
        return digest.recover(v, r, s);
    }
}
