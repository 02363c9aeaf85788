"""`fedjury client`: one client of a task."""

from fedjury.cli import options
from fedjury.cli.attack_options import AttackOptions
from fedjury.cli.grouped import grouped
from fedjury.cli.monitor_options import MonitorOptions
from fedjury.cli.relaying_options import RelayingOptions
from fedjury.cli.training_options import TrainingOptions

_COMMAND = (
    "fedjury client --keystore client.json --password-file password.txt "
    "--data mnist --data-dir ./mnist --shard 3/10"
)
EXAMPLE = (
    f"Example: {_COMMAND}\n\n"
    f"Without ether: {_COMMAND} --relay https://relay.example\n\n"
    f"As an adversary: {_COMMAND} "
    "--attack sign-flip --attack-parameter scale=2 --attack-rounds 1,4\n\n"
    "With training of your own, in the directory examples/own_training: "
    f"{_COMMAND} --trainer own_trainer:train"
)


@grouped
def client(
    key: options.KeyOptions,
    training: TrainingOptions,
    attacking: AttackOptions,
    relaying: RelayingOptions,
    where: options.TaskOptions,
    monitoring: MonitorOptions,
    threads: options.ThreadsOption = 1,
    log_level: options.LogLevelOption = "info",
    as_json: options.JsonOption = False,
) -> None:
    """Take part in every round: fetch the model, train, submit, publish, report the verdict.

    Safe to restart at any point: what was trained is kept until the jury has spoken.

    With --relay the update is signed and handed to a relay instead. The client then sees from the
    chain and the batch's file that it is in, and submits it itself where it is not.
    """
    from fedjury.runtime.signals import DAEMON, end_in

    stop, output = end_in(DAEMON), (as_json, log_level)  # before imports that take seconds
    from fedjury.cli.client_run import run_client

    run_client(
        stop,
        key,
        training,
        attacking,
        relaying,
        where,
        monitoring,
        threads=threads,
        output=output,
    )
