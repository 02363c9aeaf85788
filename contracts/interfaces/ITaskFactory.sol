// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IFederatedTask} from "./IFederatedTask.sol";

/// @title The interface of the factory of tasks
/// @notice The factory creates tasks, which all run the same implementation. Its events list them.
interface ITaskFactory {
    /// @notice The factory created a task.
    /// @param task address of the task
    /// @param coordinator account that created the task and owns it
    /// @param specDigest digest of the task's spec
    /// @param nonce number that the coordinator chose, which the address depends on
    event TaskCreated(
        address indexed task,
        address indexed coordinator,
        bytes32 indexed specDigest,
        uint256 nonce
    );

    /// @notice There is a task of the same caller with the same config, roster, jury, quorum, relayers and
    /// nonce.
    /// @param task address of that task
    error TaskExists(address task);

    /// @notice Creates a task, whose coordinator is the caller, and opens its first round. Anyone can do so.
    /// @param config what is fixed for the life of the task
    /// @param roster who may submit from the first round on; all zero: nobody
    /// @param jurors members of the first jury, strictly ascending
    /// @param quorum number of jurors that must sign a report: more than two thirds
    /// @param relayers accounts that may submit batches from the first round on
    /// @param nonce any number that tells the task from others of the caller with the same terms
    /// @return task address of the task
    function createTask(
        IFederatedTask.Config calldata config,
        IFederatedTask.Roster calldata roster,
        address[] calldata jurors,
        uint32 quorum,
        address[] calldata relayers,
        uint256 nonce
    ) external returns (address task);

    /// @notice Computes the address that {createTask} gives a task, whether there is one or not. Other terms,
    /// or another caller, give another address, so that nothing but this very task can ever stand there.
    /// @param coordinator account that creates the task
    /// @param config what is fixed for the life of the task
    /// @param roster who may submit from the first round on
    /// @param jurors members of the first jury
    /// @param quorum number of jurors that must sign a report
    /// @param relayers accounts that may submit batches from the first round on
    /// @param nonce number that tells the task from others with the same terms
    /// @return task address of the task
    function addressOf(
        address coordinator,
        IFederatedTask.Config calldata config,
        IFederatedTask.Roster calldata roster,
        address[] calldata jurors,
        uint32 quorum,
        address[] calldata relayers,
        uint256 nonce
    ) external view returns (address task);

    /// @notice Returns the contract whose code every task runs.
    /// @return address of the implementation
    function implementation() external view returns (address);
}
