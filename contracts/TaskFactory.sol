// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";

import {FederatedTask} from "./FederatedTask.sol";
import {IFederatedTask} from "./interfaces/IFederatedTask.sol";
import {ITaskFactory} from "./interfaces/ITaskFactory.sol";
import {ConfigCodec} from "./libraries/ConfigCodec.sol";

/// @title The factory of tasks
/// @notice Makes every task a minimal proxy of one implementation, with its config behind the proxy's code, at
/// an address that follows from the task's terms.
contract TaskFactory is ITaskFactory {
    FederatedTask private immutable _IMPLEMENTATION;

    /// @notice Deploys the implementation too, because a task can only be initialized by its factory.
    constructor() {
        _IMPLEMENTATION = new FederatedTask();
    }

    /// @inheritdoc ITaskFactory
    function createTask(
        IFederatedTask.Config calldata config,
        IFederatedTask.Roster calldata roster,
        address[] calldata jurors,
        uint32 quorum,
        address[] calldata relayers,
        uint256 nonce
    ) external returns (address task) {
        ConfigCodec.validate(config);
        bytes memory args = ConfigCodec.pack(config);
        bytes32 salt = _salt(msg.sender, args, roster, jurors, quorum, relayers, nonce);
        task = _predict(args, salt);
        if (task.code.length != 0) revert TaskExists(task);
        task = Clones.cloneDeterministicWithImmutableArgs(address(_IMPLEMENTATION), args, salt);
        emit TaskCreated(task, msg.sender, config.specDigest, nonce);
        IFederatedTask(task).initialize(msg.sender, roster, jurors, quorum, relayers);
    }

    /// @inheritdoc ITaskFactory
    function addressOf(
        address coordinator,
        IFederatedTask.Config calldata config,
        IFederatedTask.Roster calldata roster,
        address[] calldata jurors,
        uint32 quorum,
        address[] calldata relayers,
        uint256 nonce
    ) external view returns (address task) {
        bytes memory args = ConfigCodec.pack(config);
        return _predict(args, _salt(coordinator, args, roster, jurors, quorum, relayers, nonce));
    }

    /// @inheritdoc ITaskFactory
    function implementation() external view returns (address) {
        return address(_IMPLEMENTATION);
    }

    /// @notice Computes a task's address.
    /// @param args packed config of the task
    /// @param salt hash of all of the task's terms
    /// @return address of the task
    function _predict(bytes memory args, bytes32 salt) private view returns (address) {
        return Clones.predictDeterministicAddressWithImmutableArgs(address(_IMPLEMENTATION), args, salt);
    }

    /// @notice Hashes all that a task starts with.
    /// @param coordinator account that creates the task
    /// @param args packed config of the task
    /// @param roster who may submit from the first round on
    /// @param jurors members of the first jury
    /// @param quorum number of jurors that must sign a report
    /// @param relayers accounts that may submit batches from the first round on
    /// @param nonce number that tells the task from others with the same terms
    /// @return salt of the task's address
    function _salt(
        address coordinator,
        bytes memory args,
        IFederatedTask.Roster calldata roster,
        address[] calldata jurors,
        uint32 quorum,
        address[] calldata relayers,
        uint256 nonce
    ) private pure returns (bytes32) {
        return keccak256(abi.encode(coordinator, args, roster, jurors, quorum, relayers, nonce));
    }
}
