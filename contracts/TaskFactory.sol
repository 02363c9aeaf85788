// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";

import {ConfigCodec} from "./ConfigCodec.sol";
import {FederatedTask} from "./FederatedTask.sol";

/// @title Where tasks come from
/// @notice Makes every task a minimal proxy of one implementation, with its config behind the proxy's code.
contract TaskFactory {
    FederatedTask private immutable _IMPLEMENTATION;

    address[] private _tasks;

    /// @notice There is a new task.
    /// @param task address of the task
    /// @param coordinator owner of the task
    /// @param specDigest digest of the task's spec
    event TaskCreated(address indexed task, address indexed coordinator, bytes32 indexed specDigest);

    /// @notice Deploys the implementation too: a task takes its first orders only from its factory.
    constructor() {
        _IMPLEMENTATION = new FederatedTask();
    }

    /// @notice Makes a new task and opens its first round.
    /// @param config what is fixed for the life of the task
    /// @param coordinator owner of the task
    /// @param jurors members of the first jury
    /// @param quorum how many of them must sign: more than half
    /// @param clients the first clients; more can be registered later
    /// @return task address of the task
    function createTask(
        FederatedTask.Config calldata config,
        address coordinator,
        address[] calldata jurors,
        uint32 quorum,
        address[] calldata clients
    ) external returns (address task) {
        ConfigCodec.validate(config);
        task = Clones.cloneWithImmutableArgs(address(_IMPLEMENTATION), ConfigCodec.pack(config));
        _tasks.push(task);
        emit TaskCreated(task, coordinator, config.specDigest);
        FederatedTask(task).initialize(coordinator, jurors, quorum, clients);
    }

    /// @notice How many tasks there are.
    /// @return the number of tasks
    function taskCount() external view returns (uint256) {
        return _tasks.length;
    }

    /// @notice The tasks in the order of their creation, a page at a time.
    /// @param offset how many to skip
    /// @param limit how many to list at most
    /// @return page addresses of the tasks
    function tasks(uint256 offset, uint256 limit) external view returns (address[] memory page) {
        uint256 total = _tasks.length;
        uint256 rest = offset < total ? total - offset : 0;
        uint256 size = limit < rest ? limit : rest;
        page = new address[](size);
        for (uint256 i = 0; i < size; ++i) {
            page[i] = _tasks[offset + i];
        }
    }

    /// @notice The contract that every task runs.
    /// @return its address
    function implementation() external view returns (address) {
        return address(_IMPLEMENTATION);
    }
}
