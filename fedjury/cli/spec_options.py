"""From options as they are written to a task's spec."""

import json
from typing import Any

from pydantic import ValidationError

from fedjury.deploying import default_limits, genesis_weights
from fedjury.errors import ConfigError, SpecError
from fedjury.spec import CallableSpec, RuleSpec, TaskSpec, TrainingSpec, VerificationSpec
from fedjury.verification import VerificationSet


def build_spec(
    *,
    name: str,
    model: CallableSpec,
    lam: float,
    rule: str | RuleSpec,
    training: dict[str, Any],
    max_update_bytes: int | None,
    verification: VerificationSet,
    genesis_seed: int,
) -> TaskSpec:
    """A checked spec, its size limit taken from the model where none is given.

    Raises:
        SpecError: a value is out of range, or the rule is unknown.
        ModelError: the model cannot be built.
    """
    from oracle.rules import find_rule  # noqa: PLC0415 (only the command line may look there)

    draft: dict[str, Any] = {
        "name": name,
        "model": model,
        "lambda": lam,
        "rule": RuleSpec(name=rule) if isinstance(rule, str) else rule,
        "update": {"max_bytes": 1 if max_update_bytes is None else max_update_bytes},
        "verification": VerificationSpec(
            samples=len(verification), commitment=verification.commitment()
        ),
    }
    try:
        spec = TaskSpec.model_validate({**draft, "training": TrainingSpec(**training)})
    except ValidationError as error:
        raise _no_task(error) from error
    find_rule(spec.rule)
    if max_update_bytes is None:
        limits = default_limits(genesis_weights(spec, genesis_seed))
        spec = spec.model_copy(update={"update": limits})
    return spec


def parse_model(name: str, arguments: str) -> CallableSpec:
    """A model by its name, the arguments in JSON.

    Raises:
        ConfigError: the arguments are no JSON object.
        SpecError: no such name can be.
    """
    try:
        return CallableSpec(callable=name, arguments=_arguments(arguments))
    except ValidationError as error:
        raise _no_task(error) from error


def parse_rule_parameters(given: list[str] | None) -> dict[str, Any]:
    """Names and values from NAME=VALUE, the values in JSON.

    Raises:
        ConfigError: not that, or a name given twice.
    """
    parameters: dict[str, Any] = {}
    for text in given or []:
        name, separator, value = text.partition("=")
        if not separator or not name or name in parameters:
            raise ConfigError(f"--rule-parameter takes NAME=VALUE, each name once, not {text!r}")
        try:
            parameters[name] = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"--rule-parameter {name}: the value is not JSON: {error}") from error
    return parameters


def _no_task(error: ValidationError) -> SpecError:
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    return SpecError(f"these options make no valid task: {where}: {first['msg']}")


def _arguments(text: str) -> dict[str, Any]:
    try:
        arguments = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"--model-arguments is not JSON: {error}") from error
    if not isinstance(arguments, dict):
        raise ConfigError("--model-arguments takes a JSON object, as '{\"hidden\": 64}'")
    return arguments
