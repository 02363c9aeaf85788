"""`fedjury status`: where a task stands."""

from fedjury.cli import options
from fedjury.cli.grouped import grouped

EXAMPLE = "Example: fedjury status --json"


@grouped
def status(read: options.ReadOptions, as_json: options.JsonOption = False) -> None:
    """Show the round, its updates and deadline, coordinator, jury, model, and how far accuracy is.

    All but name, rule with its parameters, λ and the number of verification samples comes from
    the chain; those are shown where the task's spec can be had from the store.
    """
    from fedjury.cli.displays.status import status_text
    from fedjury.cli.output import Output
    from fedjury.runtime.patience import Patience
    from fedjury.task.status import read_status

    location = read.location()
    store = location.open_store if location.stores else None
    found = read_status(location.on_chain(Patience(read.patience)), store)
    where = " and ".join(location.stores) or None
    Output(as_json).result(found.to_json(), status_text(found, where))
