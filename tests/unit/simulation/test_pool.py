"""Processes side by side: all tasks are done, and what goes wrong stays with its task."""

import os
from collections.abc import Callable
from typing import Any

from fedjury.simulation.pool import Began, Ended, Message, Pool, Reported, SerialPool


def double(task: Any, report: Callable[[Any], None]) -> None:
    """Reports twice the task; fails at 0, dies at -1."""
    if task == 0:
        raise ValueError("nothing to double")
    if task == -1:
        os._exit(3)
    report(2 * task)


def run(runner: Pool | SerialPool, tasks: list[int], stop_after: int = 10**6) -> list[Message]:
    events: list[Message] = []
    runner.run(tasks, lambda: len(events) >= stop_after, events.append)
    return events


def test_every_task_is_done_and_told_of() -> None:
    events = run(Pool(double, 2), [1, 2, 3])
    for task in range(3):
        of_task = [event for event in events if event.task == task]
        assert of_task == [Began(task), Reported(task, 2 * (task + 1)), Ended(task)]


def test_failing_and_dying_are_the_tasks_own() -> None:
    events = run(Pool(double, 1), [0, -1, 5])
    ended = [event for event in events if isinstance(event, Ended)]
    assert ended == [
        Ended(0, "ValueError: nothing to double"),
        Ended(1, "its process died (3)"),
        Ended(2),
    ]
    assert Reported(2, 10) in events


def test_stopping_gives_up_what_runs() -> None:
    events = run(Pool(double, 1), list(range(1, 50)), stop_after=2)
    assert 2 <= len(events) < 20


def test_in_turn_is_the_same_in_one_process() -> None:
    assert run(SerialPool(double), [1, 0, 3]) == [
        Began(0),
        Reported(0, 2),
        Ended(0),
        Began(1),
        Ended(1, "ValueError: nothing to double"),
        Began(2),
        Reported(2, 6),
        Ended(2),
    ]
    assert run(SerialPool(double), [1, 2], stop_after=2) == [Began(0), Reported(0, 2)]
