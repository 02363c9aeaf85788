// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

// One sentence says all there is to say of each of these functions, so they have no @param and @return.
// solhint-disable use-natspec

/// @notice The state of the round that is on, with all that a submission must know, in one word. The fields
/// and their bits are, from the lowest bit: number 32, deadline 40, submitted 16, minUpdates 16,
/// maxUpdates 16, juryVersion 32, quorum 8, latestJuryVersion 32, clientCount 32, paused 1.
/// @dev A struct would be read and written field by field. One word takes one SLOAD and one SSTORE.
type RoundState is uint256;

using {
    number,
    deadline,
    submitted,
    minUpdates,
    maxUpdates,
    juryVersion,
    quorum,
    latestJuryVersion,
    clientCount,
    isPaused,
    isOver,
    isClosed,
    withUpdateBounds,
    withUpdate,
    withNextRound,
    withJury,
    withLatestJuryVersion,
    withClientCount,
    withPaused
} for RoundState global;

// The offset of each field in bits; the number stands at 0.
uint256 constant DEADLINE = 32;
uint256 constant SUBMITTED = 72;
uint256 constant MIN_UPDATES = 88;
uint256 constant MAX_UPDATES = 104;
uint256 constant JURY_VERSION = 120;
uint256 constant QUORUM = 152;
uint256 constant LATEST_JURY_VERSION = 160;
uint256 constant CLIENT_COUNT = 192;
uint256 constant PAUSED = 224;

/// @dev Returns the number of the round, counted from 1.
function number(RoundState state) pure returns (uint32) {
    return uint32(RoundState.unwrap(state));
}

/// @dev Returns the time from which the round is closed, once it holds enough updates; 0: no round is on.
function deadline(RoundState state) pure returns (uint40) {
    return uint40(RoundState.unwrap(state) >> DEADLINE);
}

/// @dev Returns the number of updates that the round holds.
function submitted(RoundState state) pure returns (uint16) {
    return uint16(RoundState.unwrap(state) >> SUBMITTED);
}

/// @dev Returns the fewest updates that a round closes with.
function minUpdates(RoundState state) pure returns (uint16) {
    return uint16(RoundState.unwrap(state) >> MIN_UPDATES);
}

/// @dev Returns the most updates that a round takes.
function maxUpdates(RoundState state) pure returns (uint16) {
    return uint16(RoundState.unwrap(state) >> MAX_UPDATES);
}

/// @dev Returns the version of the jury that judges the round.
function juryVersion(RoundState state) pure returns (uint32) {
    return uint32(RoundState.unwrap(state) >> JURY_VERSION);
}

/// @dev Returns the quorum of the jury that judges the round.
function quorum(RoundState state) pure returns (uint8) {
    return uint8(RoundState.unwrap(state) >> QUORUM);
}

/// @dev Returns the version of the jury that judges the next round.
function latestJuryVersion(RoundState state) pure returns (uint32) {
    return uint32(RoundState.unwrap(state) >> LATEST_JURY_VERSION);
}

/// @dev Counts the clients that were ever registered.
function clientCount(RoundState state) pure returns (uint32) {
    return uint32(RoundState.unwrap(state) >> CLIENT_COUNT);
}

/// @dev Says whether submitting and finalizing are stopped.
function isPaused(RoundState state) pure returns (bool) {
    return (RoundState.unwrap(state) >> PAUSED) & 1 != 0;
}

/// @dev Says whether no round is on: the task is finished, or the contract never was a task.
function isOver(RoundState state) pure returns (bool) {
    return deadline(state) == 0;
}

/// @dev Says whether the round is past its deadline and holds enough updates.
function isClosed(RoundState state) view returns (bool) {
    return block.timestamp >= deadline(state) && submitted(state) >= minUpdates(state);
}

/// @dev Sets the fewest updates that a round closes with and the most that it takes.
function withUpdateBounds(RoundState state, uint32 least, uint32 most) pure returns (RoundState) {
    return _with(_with(state, MIN_UPDATES, type(uint16).max, least), MAX_UPDATES, type(uint16).max, most);
}

/// @dev Counts one more update in an open round. Closes the round when it holds the most updates, or the
/// fewest after the deadline.
function withUpdate(RoundState state) view returns (RoundState) {
    // Cannot overflow: a round that holds `maxUpdates`, a uint16, is closed.
    unchecked {
        state = RoundState.wrap(RoundState.unwrap(state) + (1 << SUBMITTED));
    }
    if (submitted(state) == maxUpdates(state) || isClosed(state)) {
        return _with(state, DEADLINE, type(uint40).max, block.timestamp);
    }
    return state;
}

/// @dev Moves on to the next round, which holds no updates yet.
function withNextRound(RoundState state, uint40 nextDeadline) pure returns (RoundState) {
    state = _with(state, 0, type(uint32).max, number(state) + 1);
    state = _with(state, SUBMITTED, type(uint16).max, 0);
    return _with(state, DEADLINE, type(uint40).max, nextDeadline);
}

/// @dev Sets the version and the quorum of the jury that judges the round.
function withJury(RoundState state, uint32 version, uint8 needed) pure returns (RoundState) {
    return _with(_with(state, JURY_VERSION, type(uint32).max, version), QUORUM, type(uint8).max, needed);
}

/// @dev Sets the version of the jury that judges the next round.
function withLatestJuryVersion(RoundState state, uint32 version) pure returns (RoundState) {
    return _with(state, LATEST_JURY_VERSION, type(uint32).max, version);
}

/// @dev Sets the number of clients that were ever registered.
function withClientCount(RoundState state, uint32 count) pure returns (RoundState) {
    return _with(state, CLIENT_COUNT, type(uint32).max, count);
}

/// @dev Stops submitting and finalizing, or lets them go on.
function withPaused(RoundState state, bool paused) pure returns (RoundState) {
    return _with(state, PAUSED, 1, paused ? 1 : 0);
}

/// @dev Writes `value` to the field at `offset`, whose largest value is `mask`. The value must fit the field.
function _with(RoundState state, uint256 offset, uint256 mask, uint256 value) pure returns (RoundState) {
    return RoundState.wrap((RoundState.unwrap(state) & ~(mask << offset)) | (value << offset));
}
