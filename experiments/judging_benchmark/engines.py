"""The code that judges: that of the tree, or another version of it under another name."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from experiments.judging_benchmark.measuring import Action
from experiments.judging_benchmark.rounds import MAX_MAGNITUDE, NUMBER, TASK, Round, sender, tag_of
from fedjury.oracle.rules.registry import suited_lambda
from fedjury.protocol.tensors import decode
from fedjury.protocol.update_file import encode_update
from fedjury.task.models import build_trusted_model

_SALT = bytes(range(32))


@dataclass(frozen=True)
class Rule:
    """A rule by its name, with parameters."""

    name: str
    parameters: dict[str, float] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """As specs and tables write it."""
        said = ", ".join(f"{key} = {value:g}" for key, value in self.parameters.items())
        return f"{self.name}, {said}" if said else self.name


PAPER = Rule("paper")


@dataclass(frozen=True)
class Engine:
    """A package with the judging code in it.

    Attributes:
        package: its name; `fedjury` is the code in the tree.
    """

    package: str = "fedjury"

    def module(self, name: str) -> Any:
        """A module inside the package."""
        return import_module(f"{self.package}.{name}")

    def evaluator(self, round_: Round) -> Any:
        """A new evaluator of the round's verification set."""
        samples = self.module("data").Samples(round_.samples.x, round_.samples.y)
        verification = self.module("data.verification").VerificationSet(samples, _SALT)
        module = build_trusted_model(round_.model)
        return self.module("oracle.evaluation.evaluator").Evaluator(module, verification)

    def candidates(self, updates: Sequence[bytes]) -> list[Any]:
        """The files as `judge` takes them, in the package's own version of their format."""
        candidate = self.module("oracle.judging").Candidate
        make_tag = self.module("protocol.update_tag").UpdateTag
        encode = self.module("protocol.update_file").encode_update
        found = []
        for index, data in enumerate(updates):
            tag = make_tag(TASK, NUMBER, sender(index))
            file = encode(decode(data)[0], tag)
            found.append(candidate(tag, lambda file=file: file))
        return found

    def terms(self, round_: Round, rule: Rule) -> Any:
        """The terms of a task with this rule."""
        spec = self.module("protocol.task_spec").RuleSpec(
            name=rule.name, parameters=rule.parameters
        )
        found = self.module("oracle.rules.registry").find_rule(spec)
        terms = self.module("oracle.judging").Terms
        return terms(round_.shapes, MAX_MAGNITUDE, suited_lambda(rule.name), found)

    def ready(self, round_: Round, rule: Rule) -> Action:
        """A juror that is about to judge a round, as a daemon that has judged the one before it.

        What is found out once for a verification set is known, and so is what the rule finds out
        of every new model, since w was the new model of the round before.

        Returns:
            Judges the round; to be called once.
        """
        judge, evaluator = self.module("oracle.judging").judge, self.evaluator(round_)
        terms, candidates = self.terms(round_, rule), self.candidates(round_.updates)
        older = {name: 0.9 * weight for name, weight in round_.current.items()}
        judge(older, self.candidates([encode_update(older, tag_of(0))]), terms, evaluator)
        evaluator.correct(round_.current)
        if rule.name == "selection":
            evaluator.losses(round_.current)
        return lambda: judge(round_.current, candidates, terms, evaluator)


def verdicts_of(judgement: Any) -> list[tuple[int, int | None]]:
    """Code and count of each verdict, the same from any version of the code."""
    return [(int(verdict.code), verdict.correct) for verdict in judgement.verdicts]
