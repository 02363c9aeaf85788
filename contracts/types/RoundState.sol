// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

// One sentence says all there is to say of each of these functions, so they have no @param and @return.
// solhint-disable use-natspec

/// @notice The state of the round that is on, with all that a submission must know, in one word. The fields
/// and their bits are, from the lowest bit: number 32, deadline 40, submitted 20, minUpdates 20,
/// maxUpdates 20, rosterSize 20, rosterVersion 32, juryVersion 32, jurySize 8, quorum 8, rosterPending 1,
/// juryPending 1, batched 20. The other 2 are free.
/// @dev A struct would be read and written field by field. One word takes one SLOAD and one SSTORE.
type RoundState is uint256;

using {
    number,
    deadline,
    submitted,
    batched,
    alone,
    minUpdates,
    maxUpdates,
    rosterSize,
    rosterVersion,
    juryVersion,
    jurySize,
    quorum,
    isRosterPending,
    isJuryPending,
    isOver,
    isClosed,
    isFull,
    withUpdateBounds,
    withUpdate,
    withBatch,
    withNextRound,
    withRoster,
    withPendingRoster,
    withJury,
    withPendingJury
} for RoundState global;

// The largest value of a number of updates or members.
uint256 constant COUNT_MAX = (1 << 20) - 1;

// The offset of each field in bits; the number stands at 0.
uint256 constant DEADLINE = 32;
uint256 constant SUBMITTED = 72;
uint256 constant MIN_UPDATES = 92;
uint256 constant MAX_UPDATES = 112;
uint256 constant ROSTER_SIZE = 132;
uint256 constant ROSTER_VERSION = 152;
uint256 constant JURY_VERSION = 184;
uint256 constant JURY_SIZE = 216;
uint256 constant QUORUM = 224;
uint256 constant ROSTER_PENDING = 232;
uint256 constant JURY_PENDING = 233;
uint256 constant BATCHED = 234;

/// @dev Returns the number of the round, counted from 1.
function number(RoundState state) pure returns (uint32) {
    return uint32(RoundState.unwrap(state));
}

/// @dev Returns the time from which the round is closed, once it holds enough updates; 0: no round is on.
function deadline(RoundState state) pure returns (uint40) {
    return uint40(RoundState.unwrap(state) >> DEADLINE);
}

/// @dev Returns the number of updates that the round holds, those in batches as their relayers announced them.
function submitted(RoundState state) pure returns (uint32) {
    return _count(state, SUBMITTED);
}

/// @dev Returns the number of these that batches announced.
function batched(RoundState state) pure returns (uint32) {
    return _count(state, BATCHED);
}

/// @dev Returns the number of updates that clients submitted themselves.
function alone(RoundState state) pure returns (uint256) {
    // Cannot underflow: those in batches are counted among all.
    unchecked {
        uint256 word = RoundState.unwrap(state);
        return ((word >> SUBMITTED) & COUNT_MAX) - ((word >> BATCHED) & COUNT_MAX);
    }
}

/// @dev Returns the fewest updates that a round closes with.
function minUpdates(RoundState state) pure returns (uint32) {
    return _count(state, MIN_UPDATES);
}

/// @dev Returns the most updates that clients may submit themselves in a round.
function maxUpdates(RoundState state) pure returns (uint32) {
    return _count(state, MAX_UPDATES);
}

/// @dev Returns the number of members of the round's roster; 0: nobody may submit.
function rosterSize(RoundState state) pure returns (uint32) {
    return _count(state, ROSTER_SIZE);
}

/// @dev Returns the version of the round's roster, counted from 1.
function rosterVersion(RoundState state) pure returns (uint32) {
    return uint32(RoundState.unwrap(state) >> ROSTER_VERSION);
}

/// @dev Returns the version of the jury that judges the round, counted from 1.
function juryVersion(RoundState state) pure returns (uint32) {
    return uint32(RoundState.unwrap(state) >> JURY_VERSION);
}

/// @dev Returns the size of the jury that judges the round.
function jurySize(RoundState state) pure returns (uint8) {
    return uint8(RoundState.unwrap(state) >> JURY_SIZE);
}

/// @dev Returns the quorum of the jury that judges the round.
function quorum(RoundState state) pure returns (uint8) {
    return uint8(RoundState.unwrap(state) >> QUORUM);
}

/// @dev Says whether a roster waits for the next round.
function isRosterPending(RoundState state) pure returns (bool) {
    return (RoundState.unwrap(state) >> ROSTER_PENDING) & 1 != 0;
}

/// @dev Says whether a jury is announced.
function isJuryPending(RoundState state) pure returns (bool) {
    return (RoundState.unwrap(state) >> JURY_PENDING) & 1 != 0;
}

/// @dev Says whether no round is on: the task is finished, or the contract never was a task.
function isOver(RoundState state) pure returns (bool) {
    return deadline(state) == 0;
}

/// @dev Says whether the round is past its deadline and holds enough updates.
function isClosed(RoundState state) view returns (bool) {
    return block.timestamp >= deadline(state) && submitted(state) >= minUpdates(state);
}

/// @dev Says whether as many clients have submitted themselves as may. Batches take none of their room.
function isFull(RoundState state) pure returns (bool) {
    return alone(state) >= maxUpdates(state);
}

/// @dev Sets the fewest updates that a round closes with and the most that clients may submit themselves.
function withUpdateBounds(RoundState state, uint32 least, uint32 most) pure returns (RoundState) {
    return _with(_with(state, MIN_UPDATES, COUNT_MAX, least), MAX_UPDATES, COUNT_MAX, most);
}

/// @dev Counts one more update by its client in an open round that is not full. Closes the round when it is
/// enough after the deadline, or when every member of the roster has submitted itself and that is enough.
function withUpdate(RoundState state) view returns (RoundState) {
    // Cannot overflow: a round that is not full holds less than `maxUpdates` and what batches may add, which
    // together fit the field.
    unchecked {
        state = RoundState.wrap(RoundState.unwrap(state) + (1 << SUBMITTED));
    }
    uint32 count = submitted(state);
    bool enough = count >= minUpdates(state);
    if (enough && (alone(state) == rosterSize(state) || block.timestamp >= deadline(state))) {
        return _with(state, DEADLINE, type(uint40).max, block.timestamp);
    }
    return state;
}

/// @dev Counts the updates that a batch announces. They must have room. They never close the round, so that
/// no relayer can end it before those it left out have submitted themselves.
function withBatch(RoundState state, uint32 count) pure returns (RoundState) {
    // Cannot overflow: who calls this has made sure that all updates of the round fit the fields.
    unchecked {
        return
            RoundState.wrap(
                RoundState.unwrap(state) + (uint256(count) << SUBMITTED) + (uint256(count) << BATCHED)
            );
    }
}

/// @dev Moves on to the next round, which holds no updates yet.
function withNextRound(RoundState state, uint40 nextDeadline) pure returns (RoundState) {
    state = _with(state, 0, type(uint32).max, number(state) + 1);
    state = _with(_with(state, SUBMITTED, COUNT_MAX, 0), BATCHED, COUNT_MAX, 0);
    return _with(state, DEADLINE, type(uint40).max, nextDeadline);
}

/// @dev Makes a roster of this size the round's, in the next version. None is pending then.
function withRoster(RoundState state, uint32 size) pure returns (RoundState) {
    state = _with(state, ROSTER_VERSION, type(uint32).max, rosterVersion(state) + 1);
    state = _with(state, ROSTER_SIZE, COUNT_MAX, size);
    return _with(state, ROSTER_PENDING, 1, 0);
}

/// @dev Notes that a roster waits for the next round.
function withPendingRoster(RoundState state) pure returns (RoundState) {
    return _with(state, ROSTER_PENDING, 1, 1);
}

/// @dev Makes a jury of this size and quorum the round's, in the next version. None is announced then.
function withJury(RoundState state, uint8 size, uint8 needed) pure returns (RoundState) {
    state = _with(state, JURY_VERSION, type(uint32).max, juryVersion(state) + 1);
    state = _with(_with(state, JURY_SIZE, type(uint8).max, size), QUORUM, type(uint8).max, needed);
    return _with(state, JURY_PENDING, 1, 0);
}

/// @dev Notes that a jury is announced.
function withPendingJury(RoundState state) pure returns (RoundState) {
    return _with(state, JURY_PENDING, 1, 1);
}

/// @dev Reads the number of updates or members at `offset`.
function _count(RoundState state, uint256 offset) pure returns (uint32) {
    return uint32((RoundState.unwrap(state) >> offset) & COUNT_MAX);
}

/// @dev Writes `value` to the field at `offset`, whose largest value is `mask`. The value must fit the field.
function _with(RoundState state, uint256 offset, uint256 mask, uint256 value) pure returns (RoundState) {
    return RoundState.wrap((RoundState.unwrap(state) & ~(mask << offset)) | (value << offset));
}
