// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

// One line says all there is to say of each of these functions.
// solhint-disable use-natspec

/// @notice The round that is on and all that a submission must know, in one word. From the lowest bit:
/// number 32, deadline 40, submitted 16, minUpdates 16, maxUpdates 16, juryVersion 32, quorum 8,
/// latestJuryVersion 32, clientCount 32, paused 1.
/// @dev A struct would be read and written once a field; this is one SLOAD and one SSTORE.
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

uint256 constant DEADLINE = 32;
uint256 constant SUBMITTED = 72;
uint256 constant MIN_UPDATES = 88;
uint256 constant MAX_UPDATES = 104;
uint256 constant JURY_VERSION = 120;
uint256 constant QUORUM = 152;
uint256 constant LATEST_JURY_VERSION = 160;
uint256 constant CLIENT_COUNT = 192;
uint256 constant PAUSED = 224;

/// @dev Number of the round, from 1.
function number(RoundState state) pure returns (uint32) {
    return uint32(RoundState.unwrap(state));
}

/// @dev Time from which the round is closed, once it holds enough updates; 0: no round is on.
function deadline(RoundState state) pure returns (uint40) {
    return uint40(RoundState.unwrap(state) >> DEADLINE);
}

/// @dev Updates that the round holds.
function submitted(RoundState state) pure returns (uint16) {
    return uint16(RoundState.unwrap(state) >> SUBMITTED);
}

/// @dev Fewest updates of a round.
function minUpdates(RoundState state) pure returns (uint16) {
    return uint16(RoundState.unwrap(state) >> MIN_UPDATES);
}

/// @dev Most updates of a round.
function maxUpdates(RoundState state) pure returns (uint16) {
    return uint16(RoundState.unwrap(state) >> MAX_UPDATES);
}

/// @dev Version of the jury that judges the round.
function juryVersion(RoundState state) pure returns (uint32) {
    return uint32(RoundState.unwrap(state) >> JURY_VERSION);
}

/// @dev How many of that jury must sign.
function quorum(RoundState state) pure returns (uint8) {
    return uint8(RoundState.unwrap(state) >> QUORUM);
}

/// @dev Version of the jury that judges the next round.
function latestJuryVersion(RoundState state) pure returns (uint32) {
    return uint32(RoundState.unwrap(state) >> LATEST_JURY_VERSION);
}

/// @dev How many clients were ever registered.
function clientCount(RoundState state) pure returns (uint32) {
    return uint32(RoundState.unwrap(state) >> CLIENT_COUNT);
}

/// @dev Whether submitting and finalizing are stopped.
function isPaused(RoundState state) pure returns (bool) {
    return (RoundState.unwrap(state) >> PAUSED) & 1 != 0;
}

/// @dev Whether no round is on: the task is finished, or never was one.
function isOver(RoundState state) pure returns (bool) {
    return deadline(state) == 0;
}

/// @dev Whether the round is past its deadline and holds enough updates.
function isClosed(RoundState state) view returns (bool) {
    return block.timestamp >= deadline(state) && submitted(state) >= minUpdates(state);
}

/// @dev Sets how many updates a round takes.
function withUpdateBounds(RoundState state, uint32 least, uint32 most) pure returns (RoundState) {
    return _with(_with(state, MIN_UPDATES, type(uint16).max, least), MAX_UPDATES, type(uint16).max, most);
}

/// @dev Counts one more update in an open round; closes the round at the most updates, and past the
/// deadline at the fewest.
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

/// @dev Goes to the next round, which holds no updates yet.
function withNextRound(RoundState state, uint40 nextDeadline) pure returns (RoundState) {
    state = _with(state, 0, type(uint32).max, number(state) + 1);
    state = _with(state, SUBMITTED, type(uint16).max, 0);
    return _with(state, DEADLINE, type(uint40).max, nextDeadline);
}

/// @dev Sets the jury that judges the round.
function withJury(RoundState state, uint32 version, uint8 needed) pure returns (RoundState) {
    return _with(_with(state, JURY_VERSION, type(uint32).max, version), QUORUM, type(uint8).max, needed);
}

/// @dev Sets the jury that judges the next round.
function withLatestJuryVersion(RoundState state, uint32 version) pure returns (RoundState) {
    return _with(state, LATEST_JURY_VERSION, type(uint32).max, version);
}

/// @dev Sets how many clients were ever registered.
function withClientCount(RoundState state, uint32 count) pure returns (RoundState) {
    return _with(state, CLIENT_COUNT, type(uint32).max, count);
}

/// @dev Stops submitting and finalizing, or lets them go on.
function withPaused(RoundState state, bool paused) pure returns (RoundState) {
    return _with(state, PAUSED, 1, paused ? 1 : 0);
}

/// @dev Writes the field at `offset`, whose largest value is `mask`; `value` must fit it.
function _with(RoundState state, uint256 offset, uint256 mask, uint256 value) pure returns (RoundState) {
    return RoundState.wrap((RoundState.unwrap(state) & ~(mask << offset)) | (value << offset));
}
