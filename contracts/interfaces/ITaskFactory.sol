// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IFederatedTask} from "./IFederatedTask.sol";

/// @title The interface of the factory of tasks
/// @notice The factory creates tasks, which all run the same implementation, and lists them.
interface ITaskFactory {
    /// @notice The factory created a task.
    /// @param task address of the task
    /// @param coordinator owner of the task
    /// @param specDigest digest of the task's spec
    event TaskCreated(address indexed task, address indexed coordinator, bytes32 indexed specDigest);

    /// @notice Creates a task and opens its first round. Anyone can do so.
    /// @param config what is fixed for the life of the task
    /// @param coordinator owner of the task
    /// @param jurors members of the first jury
    /// @param quorum number of jurors that must sign a report: more than half
    /// @param clients accounts of the first clients; more can be registered later
    /// @return task address of the task
    function createTask(
        IFederatedTask.Config calldata config,
        address coordinator,
        address[] calldata jurors,
        uint32 quorum,
        address[] calldata clients
    ) external returns (address task);

    /// @notice Counts the tasks that the factory created.
    /// @return number of tasks
    function taskCount() external view returns (uint256);

    /// @notice Lists the tasks in the order of their creation, a page at a time.
    /// @param offset number of tasks to skip
    /// @param limit most tasks to list
    /// @return page addresses of the tasks
    function tasks(uint256 offset, uint256 limit) external view returns (address[] memory page);

    /// @notice Returns the contract whose code every task runs.
    /// @return address of the implementation
    function implementation() external view returns (address);
}
