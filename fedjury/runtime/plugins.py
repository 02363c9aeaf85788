"""Loading what users name as ``module:callable``: models and datasets.

A spec comes from somebody else, so a name in it is run only when it is one of ours or the user
of this machine has named it too.
"""

import importlib
import sys
from collections.abc import Callable, Collection
from typing import Any

from fedjury.errors import FatalError, ModelError
from fedjury.protocol.task_spec import CallableSpec

BUILT_IN_MODELS = frozenset({"fedjury.models:mlp"})
# What Python's import system calls the current directory. `python -m fedjury` looks there, but the
# installed command `fedjury` does not by itself.
_CURRENT_DIRECTORY = ""


def load_callable(name: str, error: type[FatalError]) -> Callable[..., Any]:
    """Import what ``module:callable`` names, if need be from the current directory.

    That directory becomes the last on the search path, so nothing in it hides an installed module.

    Raises:
        error: the name has another form, or cannot be imported, or is not callable.
    """
    module_name, _, attribute = name.partition(":")
    if not attribute or not all(map(str.isidentifier, module_name.split("."))):
        raise error(f"{name!r} is not of the form module:callable")
    if _CURRENT_DIRECTORY not in sys.path:
        sys.path.append(_CURRENT_DIRECTORY)
    try:
        found = getattr(importlib.import_module(module_name), attribute)
    except Exception as cause:  # an import runs the user's code, which may raise anything
        raise error(f"{name!r} cannot be loaded: {type(cause).__name__}: {cause}") from cause
    if not callable(found):
        raise error(f"{name!r} is not callable")
    return found  # type: ignore[no-any-return]


def check_allowed(spec: CallableSpec, allowed: Collection[str]) -> None:
    """Refuse a model that neither the project nor the user of this machine vouches for.

    Raises:
        ModelError: names the option that would allow it.
    """
    if spec.callable not in BUILT_IN_MODELS and spec.callable not in allowed:
        raise ModelError(
            f"the task's model {spec.callable!r} is not built in; a spec comes from somebody "
            f"else, so say --allow-model {spec.callable} if you trust it"
        )
