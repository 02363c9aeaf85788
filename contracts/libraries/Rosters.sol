// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {IFederatedTask} from "../interfaces/IFederatedTask.sol";
import {COUNT_MAX} from "../types/RoundState.sol";

/// @title The rosters of a task
/// @notice Checks a roster and who is in it. A roster's tree is OpenZeppelin's standard one over its members.
library Rosters {
    /// @notice A roster that waits for the next round.
    /// @param root root of the members' Merkle tree; 0: nobody
    /// @param size number of members
    struct Pending {
        bytes32 root;
        uint32 size;
    }

    /// @notice Reverts unless a roster is whole: root, size and digest, or nothing at all for nobody.
    /// @param roster the roster
    function requireValid(IFederatedTask.Roster calldata roster) internal pure {
        bool nobody = roster.root == 0;
        if (nobody != (roster.size == 0) || nobody != (roster.digest == 0)) {
            revert IFederatedTask.IncompleteRoster(roster.root, roster.size, roster.digest);
        }
        if (roster.size > COUNT_MAX) revert IFederatedTask.RosterTooLarge(roster.size, uint32(COUNT_MAX));
    }

    /// @notice Says whether a proof leads from an account to a root. Leaves are hashed twice, so that no inner
    /// node of the tree passes for one.
    /// @param root root of a roster's tree; 0: nobody
    /// @param account the account
    /// @param proof sibling hashes from the account's leaf up to the root
    /// @return true for a member with its proof
    function isMember(bytes32 root, address account, bytes32[] calldata proof) internal pure returns (bool) {
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(account))));
        return root != 0 && MerkleProof.verifyCalldata(proof, root, leaf);
    }
}
