// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IFederatedTask} from "@fedjury/interfaces/IFederatedTask.sol";
import {FederatedTask} from "@fedjury/FederatedTask.sol";
import {TaskFactory} from "@fedjury/TaskFactory.sol";

import {CHEATS, deploy} from "./Cheats.sol";

/// @title A task with everybody who takes part in it, under keys that the tests hold
/// @notice Four jurors of whom three sign, three members, three accounts of which the first is a relayer, and
/// the coordinator's own jury of one.
abstract contract Federation {
    uint256 internal constant JURORS = 4;
    uint32 internal constant QUORUM = 3;
    uint256 internal constant PUPPET = 0xbad;
    uint32 internal constant ROUND = 1000;
    uint32 internal constant BATCHES = 400;
    uint32 internal constant GRACE = 400;
    uint32 internal constant NOTICE = 1 days;
    address internal constant COORDINATOR = address(0xC0);

    FederatedTask internal task;
    uint256[] internal keys;
    address[] internal jurors;
    address[] internal puppets;
    address[] internal members;
    address[] internal relayers;
    bytes32[] internal nodes;
    bytes32 internal sitting;
    bytes32 internal announced;

    function build(uint32 rounds) internal {
        for (uint256 key = 1; key <= JURORS; ++key) place(key);
        puppets.push(CHEATS.addr(PUPPET));
        for (uint160 i = 1; i <= 3; ++i) members.push(address(0xA0 + i));
        relayers.push(address(0xB1));
        IFederatedTask.Config memory config = IFederatedTask.Config({
            specDigest: keccak256("spec"),
            genesisDigest: keccak256("genesis"),
            roundSeconds: ROUND,
            batchSeconds: BATCHES,
            availabilitySeconds: 100,
            graceSeconds: GRACE,
            noticeSeconds: NOTICE,
            minUpdates: 1,
            maxUpdates: 3,
            rounds: rounds
        });
        TaskFactory factory = TaskFactory(deploy("TaskFactory.sol:TaskFactory"));
        CHEATS.prank(COORDINATOR);
        task = FederatedTask(factory.createTask(config, roster(), jurors, QUORUM, relayers, 0));
        relayers.push(address(0xB2));
        relayers.push(address(0xB3));
        sitting = keccak256(abi.encode(jurors, QUORUM));
        announced = keccak256(abi.encode(puppets, uint32(1)));
    }

    /// @notice Seats the juror of a key where its address ascends.
    function place(uint256 key) private {
        address juror = CHEATS.addr(key);
        keys.push(key);
        jurors.push(juror);
        for (uint256 i = jurors.length - 1; i > 0 && jurors[i - 1] > juror; --i) {
            (jurors[i], jurors[i - 1]) = (jurors[i - 1], jurors[i]);
            (keys[i], keys[i - 1]) = (keys[i - 1], keys[i]);
        }
    }

    /// @notice The members' roster: a tree of three leaves, the third beside the parent of the first two.
    function roster() internal view returns (IFederatedTask.Roster memory) {
        bytes32 root = pair(pair(leaf(members[0]), leaf(members[1])), leaf(members[2]));
        return IFederatedTask.Roster({root: root, size: 3, digest: keccak256("roster")});
    }

    function proof(uint256 member) internal view returns (bytes32[] memory hashes) {
        if (member == 2) {
            hashes = new bytes32[](1);
            hashes[0] = pair(leaf(members[0]), leaf(members[1]));
        } else {
            hashes = new bytes32[](2);
            hashes[0] = leaf(members[1 - member]);
            hashes[1] = leaf(members[2]);
        }
    }

    function leaf(address account) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(account))));
    }

    function pair(bytes32 a, bytes32 b) internal pure returns (bytes32) {
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }

    function sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = CHEATS.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }
}
