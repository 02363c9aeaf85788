// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {IFederatedTask} from "./IFederatedTask.sol";

/// @title The juries of a task
/// @notice Keeps every version of a jury and checks that a quorum of one signed.
library Juries {
    using ECDSA for bytes32;

    /// @notice Most jurors of a jury: one of this size still costs less than a transaction may.
    uint256 internal constant SIZE_LIMIT = 128;

    /// @notice Bytes of one signature: r, s, v.
    uint256 internal constant SIGNATURE_LENGTH = 65;

    /// @notice One version of a jury.
    /// @param size number of jurors
    /// @param quorum how many must sign
    /// @param isMember who its jurors are
    struct Jury {
        uint32 size;
        uint32 quorum;
        mapping(address account => bool) isMember;
    }

    /// @notice Fills an empty jury.
    /// @param jury where to
    /// @param jurors its members
    /// @param quorum how many must sign: more than half of the members
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

    /// @notice Reverts unless enough jurors signed, each once. The strict order makes a second
    /// signature of one juror impossible without remembering who signed.
    /// @param jury who may sign
    /// @param version the jury's version, for the error
    /// @param quorum the jury's quorum, which the caller has at hand
    /// @param digest what must be signed
    /// @param signatures 65 bytes a signer, ascending by address
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

    /// @notice Who made one of the signatures. OpenZeppelin refuses malleable ones.
    /// @param digest what was signed
    /// @param signatures 65 bytes a signer
    /// @param offset where the signature starts
    /// @return the signer
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
