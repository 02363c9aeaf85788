// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {IFederatedTask} from "../interfaces/IFederatedTask.sol";

/// @title The juries of a task
/// @notice Names a jury by the hash of its members and quorum, keeps its members under that name, and checks
/// that a quorum of it signed.
library Juries {
    using ECDSA for bytes32;

    /// @notice Most jurors that a jury may have: to set so many costs less gas than a transaction may use.
    uint256 internal constant SIZE_LIMIT = 128;

    /// @notice Length of one signature in bytes: r, s and v.
    uint256 internal constant SIGNATURE_LENGTH = 65;

    /// @notice A jury that may take over.
    /// @param hash hash of its members and quorum
    /// @param entersFrom time from which it takes over with the next round that opens, whoever agrees
    /// @param size number of jurors
    /// @param quorum number of jurors that must sign a report
    struct Announced {
        bytes32 hash;
        uint40 entersFrom;
        uint8 size;
        uint8 quorum;
    }

    /// @notice Who is in a jury, by the jury's hash: the addresses in order, one after the other without gaps,
    /// from the lowest bit of word 0 on. The 128 of the largest jury fill 80 words. What stands under a hash
    /// never changes: other members, or another quorum, have another hash.
    struct Members {
        mapping(bytes32 jury => uint256[80]) words;
    }

    /// @notice Length of an address in bits.
    uint256 private constant ADDRESS_BITS = 160;

    /// @notice Length of a word in bits.
    uint256 private constant WORD_BITS = 256;

    /// @notice Names a jury.
    /// @param jurors members of the jury
    /// @param quorum number of jurors that must sign a report
    /// @return hash of the members and the quorum
    function hash(address[] calldata jurors, uint32 quorum) internal pure returns (bytes32) {
        return keccak256(abi.encode(jurors, quorum));
    }

    /// @notice Checks a jury and keeps its members under its hash. The strict order of the members rules out
    /// the zero address and a second seat of one juror, and gives a set of jurors one hash.
    /// @param members members of all juries
    /// @param jurors members of the jury, strictly ascending
    /// @param quorum number of jurors that must sign a report: more than two thirds
    /// @return jury hash of the members and the quorum
    function add(
        Members storage members,
        address[] calldata jurors,
        uint32 quorum
    ) internal returns (bytes32 jury) {
        uint256 size = jurors.length;
        if (size > SIZE_LIMIT) revert IFederatedTask.JuryTooLarge(size, SIZE_LIMIT);
        if (quorum > size || uint256(quorum) * 3 <= size * 2) {
            revert IFederatedTask.InvalidQuorum(quorum, size);
        }
        jury = hash(jurors, quorum);
        uint256[80] storage words = members.words[jury];
        address previous = address(0);
        uint256 index = 0;
        uint256 word = 0;
        uint256 held = 0;
        for (uint256 i = 0; i < size; ++i) {
            address juror = jurors[i];
            if (juror <= previous) revert IFederatedTask.JurorsNotAscending(previous, juror);
            previous = juror;
            uint256 bits = uint160(juror);
            word |= bits << held;
            held += ADDRESS_BITS;
            if (held < WORD_BITS) continue;
            held -= WORD_BITS;
            words[index] = word;
            ++index;
            // What had no room in the word.
            word = bits >> (ADDRESS_BITS - held);
        }
        if (held != 0) words[index] = word;
    }

    /// @notice Says whether an account is in a jury.
    /// @param members members of all juries
    /// @param jury hash of the jury; nobody is in one that was never announced
    /// @param account the account
    /// @return true for members
    function isMember(Members storage members, bytes32 jury, address account) internal view returns (bool) {
        uint256[80] storage words = members.words[jury];
        address juror;
        uint256 rest = 0;
        for (uint256 place = 0; place < SIZE_LIMIT; ++place) {
            (juror, rest) = _memberAt(words, place, rest);
            // They ascend, and none is the zero address, which stands behind the last one.
            if (juror >= account || juror == address(0)) return juror == account && account != address(0);
        }
        return false;
    }

    /// @notice Reverts unless enough jurors signed a digest, each once. The strict order of the signers rules
    /// out a second signature of one juror without a record of who signed.
    /// @param members members of all juries
    /// @param jury hash of the jury whose members may sign
    /// @param size number of its members
    /// @param version version of that jury, for the error
    /// @param quorum quorum of that jury
    /// @param digest digest that the jurors signed
    /// @param signatures 65 bytes a signer, strictly ascending by address
    function requireQuorum(
        Members storage members,
        bytes32 jury,
        uint256 size,
        uint32 version,
        uint256 quorum,
        bytes32 digest,
        bytes calldata signatures
    ) internal view {
        if (signatures.length % SIGNATURE_LENGTH != 0)
            revert IFederatedTask.WrongSignaturesLength(signatures.length);
        uint256 count = signatures.length / SIGNATURE_LENGTH;
        if (count < quorum) revert IFederatedTask.QuorumNotReached(count, quorum);
        uint256[80] storage words = members.words[jury];
        address previous = address(0);
        address juror = address(0);
        uint256 place = 0;
        uint256 rest = 0;
        for (uint256 i = 0; i < count; ++i) {
            address signer = _recover(digest, signatures, i * SIGNATURE_LENGTH);
            if (signer <= previous) revert IFederatedTask.SignersNotAscending(previous, signer);
            previous = signer;
            // Both ascend, so that members up to the last signer need not be looked at again.
            while (juror < signer && place < size) {
                (juror, rest) = _memberAt(words, place, rest);
                // Cannot overflow: it is below a size.
                unchecked {
                    ++place;
                }
            }
            if (juror != signer) revert IFederatedTask.NotAJuror(signer, version);
        }
    }

    /// @notice Reads a member of a jury, after all before it: so each word is read once.
    /// @param words the jury's members
    /// @param place place of the member, from 0
    /// @param rest what reading the member before left of its last word
    /// @return the member; the zero address behind the last one
    /// @return what this leaves of the last word
    function _memberAt(
        uint256[80] storage words,
        uint256 place,
        uint256 rest
    ) private view returns (address, uint256) {
        // Cannot overflow: a jury has at most `SIZE_LIMIT` members.
        unchecked {
            uint256 bit = place * ADDRESS_BITS;
            // How many bits of the word before are left: they are the first of this address.
            uint256 held = (0 - bit) % WORD_BITS;
            if (held >= ADDRESS_BITS) return (address(uint160(rest)), rest >> ADDRESS_BITS);
            uint256 word = words[(bit + held) / WORD_BITS];
            return (address(uint160(rest | (word << held))), word >> (ADDRESS_BITS - held));
        }
    }

    /// @notice Recovers the signer of one of the signatures. OpenZeppelin's ECDSA refuses malleable ones.
    /// @param digest digest that was signed
    /// @param signatures 65 bytes a signer
    /// @param offset position of the signature's first byte; 65 bytes from there on are in bounds
    /// @return account that signed
    function _recover(
        bytes32 digest,
        bytes calldata signatures,
        uint256 offset
    ) private pure returns (address) {
        bytes32 r;
        bytes32 s;
        uint8 v;
        // Slices would check their bounds anew for each of the three.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let start := add(signatures.offset, offset)
            r := calldataload(start)
            s := calldataload(add(start, 32))
            v := byte(0, calldataload(add(start, 64)))
        }
        return digest.recover(v, r, s);
    }
}
