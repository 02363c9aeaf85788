// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";

import {FederatedTask} from "./FederatedTask.sol";
import {IFederatedTask} from "./interfaces/IFederatedTask.sol";
import {ITaskFactory} from "./interfaces/ITaskFactory.sol";
import {ConfigCodec} from "./libraries/ConfigCodec.sol";

/// @title The factory of tasks
/// @notice Makes every task a minimal proxy of one implementation, with its config behind the proxy's code.
contract TaskFactory is ITaskFactory {
    FederatedTask private immutable _IMPLEMENTATION;

    address[] private _tasks;

    /// @notice Deploys the implementation too, because a task can only be initialized by its factory.
    constructor() {
        _IMPLEMENTATION = new FederatedTask();
    }

    /// @inheritdoc ITaskFactory
    function createTask(
        IFederatedTask.Config calldata config,
        address coordinator,
        address[] calldata jurors,
        uint32 quorum,
        address[] calldata clients
    ) external returns (address task) {
        ConfigCodec.validate(config);
        task = Clones.cloneWithImmutableArgs(address(_IMPLEMENTATION), ConfigCodec.pack(config));
        _tasks.push(task);
        emit TaskCreated(task, coordinator, config.specDigest);
        IFederatedTask(task).initialize(coordinator, jurors, quorum, clients);
    }

    /// @inheritdoc ITaskFactory
    function taskCount() external view returns (uint256) {
        return _tasks.length;
    }

    /// @inheritdoc ITaskFactory
    function tasks(uint256 offset, uint256 limit) external view returns (address[] memory page) {
        uint256 total = _tasks.length;
        uint256 rest = offset < total ? total - offset : 0;
        uint256 size = limit < rest ? limit : rest;
        page = new address[](size);
        for (uint256 i = 0; i < size; ++i) {
            page[i] = _tasks[offset + i];
        }
    }

    /// @inheritdoc ITaskFactory
    function implementation() external view returns (address) {
        return address(_IMPLEMENTATION);
    }
}
