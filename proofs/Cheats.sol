// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title What forge and halmos let a test do to the chain
/// @dev `getCode` instead of `new`, which would compile a contract anew into each one that makes it.
interface Cheats {
    function assume(bool condition) external pure;
    function prank(address sender) external;
    function warp(uint256 timestamp) external;
    function load(address target, bytes32 slot) external view returns (bytes32);
    function etch(address target, bytes calldata code) external;
    function getCode(string calldata contractName) external view returns (bytes memory);
    function addr(uint256 key) external pure returns (address);
    function sign(uint256 key, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
}

Cheats constant CHEATS = Cheats(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

/// @notice Deploys a contract by its name.
function deploy(string memory contractName) returns (address made) {
    bytes memory code = CHEATS.getCode(contractName);
    assembly {
        made := create(0, add(code, 32), mload(code))
    }
    assert(made != address(0));
}
