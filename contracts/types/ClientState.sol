// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

// One sentence says all there is to say of each of these functions, so they have no @param and @return.
// solhint-disable use-natspec

/// @notice What the task knows of a client, in one word: from the lowest bit, the number of the last round
/// that it submitted an update in itself, 32 bits, and the version of the last roster that it proved to be
/// in, 32 bits. Both count from 1; 0: none.
/// @dev A struct would be read and written field by field.
type ClientState is uint256;

using {lastRound, rosterVersion} for ClientState global;

/// @dev Makes the state of a client that submitted under a roster.
function submittedUnder(uint32 version, uint32 round) pure returns (ClientState) {
    return ClientState.wrap((uint256(version) << 32) | round);
}

/// @dev Returns the number of the last round that the client submitted an update in itself.
function lastRound(ClientState state) pure returns (uint32) {
    return uint32(ClientState.unwrap(state));
}

/// @dev Returns the version of the last roster that the client proved to be in.
function rosterVersion(ClientState state) pure returns (uint32) {
    return uint32(ClientState.unwrap(state) >> 32);
}
