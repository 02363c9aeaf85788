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

    stop = end_in(DAEMON)  # before imports that take seconds
    import torch

    from fedjury.chain.transactions.sender import TransactionSender
    from fedjury.cli.joining import client_of, join_task, warn_of_misfit
    from fedjury.cli.logs import daemon_output
    from fedjury.clients.client import Client
    from fedjury.clients.figures import ClientFigures
    from fedjury.clients.journal import Journal
    from fedjury.clients.lone_trainer import make_trainer
    from fedjury.clients.vitals import ClientVitals
    from fedjury.runtime.events import Started
    from fedjury.runtime.keystore import open_account
    from fedjury.runtime.lock import sole_user
    from fedjury.runtime.loop import retry_until_stopped, run_cycles
    from fedjury.task.location import find_location
    from fedjury.task.timing import choose_confirmations

    output = daemon_output(as_json, log_level)
    depth = where.parse_confirmations()
    chosen, relays = training.choose(attacking.parse()), relaying.parse()
    location = find_location(where.deployment, where.rpc, where.store, listener=output.event)
    account = open_account(key.keystore, key.password_file)
    torch.set_num_threads(threads)
    work = where.work_directory("client", account.address, location.task)
    figures = ClientFigures()
    with sole_user(work, output.event), monitoring.open(figures, output.event) as monitor:
        task = join_task(
            location,
            client_of(location),
            account.address,
            where.allow_model,
            stop,
            monitor.tell,
        )
        if task is None:
            return
        known, labels, store = location.deployment, task.spec.labels, task.store
        loaded = retry_until_stopped(
            lambda: training.load(known, account.address, labels, store), stop, monitor.tell
        )
        if loaded is None:
            return
        samples, seed = loaded
        depth = choose_confirmations(known, depth)
        warn_of_misfit(task, depth, stop, monitor.tell)
        vitals = ClientVitals(
            task, account.address, monitor.health, figures, needs_ether=not relays
        )
        tell = vitals.listening(monitor.tell)
        trainer = make_trainer(task, samples, seed, chosen, work, tell)
        sender = TransactionSender(task.chain, account, max_fee_gwei=where.max_fee_gwei)
        program = Client(
            task,
            account,
            sender,
            trainer,
            Journal(work),
            tell,
            depth,
            relays=relays,
            hand_file=relaying.hand_file,
        )
        monitor.run(vitals.sentry)
        tell(Started(role="client", address=account.address, task=task.name))
        run_cycles(monitor.watch(program.cycle), stop, where.poll, tell)
