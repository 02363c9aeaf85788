"""Making a client's update file for a round, once."""

import time

from fedjury.chain.contracts.types import RoundState
from fedjury.clients.events import Trained, TrainingFailed
from fedjury.clients.journal import Journal
from fedjury.clients.local_update import LocalUpdate, UpdateSource
from fedjury.clients.training_error import TrainingError
from fedjury.protocol.digest import Digest
from fedjury.protocol.update_file import UpdateRejected, encode_update, read_update
from fedjury.runtime.events import Listener
from fedjury.task.opened import OpenedTask


class UpdateMaker:
    """Trains for a round and keeps the file, or finds it on disk.

    Args:
        task: opened.
        address: the client's.
        trainer: does the local training.
        journal: keeps the files.
        listener: is told of the training.
    """

    def __init__(
        self,
        task: OpenedTask,
        address: str,
        trainer: UpdateSource,
        journal: Journal,
        listener: Listener,
    ) -> None:
        self._task, self._address = task, address
        self._trainer, self._journal, self._listener = trainer, journal, listener
        self._has_trained = False
        self._failed: tuple[int, Digest] | None = None

    def make(self, state: RoundState) -> bytes | None:
        """This round's update file: the one on disk from before a restart, or a new one.

        A round for which training failed is not trained for again, but from another model.

        Returns:
            The file; None where training gave nothing to submit.

        Raises:
            TransientError: chain or store do not work now.
            TrainingError: training fails from the task's first model, or before it ever worked in
                this process, and so as likely as not will always: the user has to look.
        """
        kept = self._journal.load_update(state.number, state.model_digest)
        if kept is not None and self._is_mine(kept, state.number):
            return kept
        if self._failed == (state.number, state.model_digest):
            return None
        try:
            data = self._train(state)
        except TrainingError as error:
            if error.lasting and self._is_early(state):
                raise
            self._failed = state.number, state.model_digest
            self._listener(TrainingFailed(round=state.number, reason=str(error)))
            return None
        self._has_trained = True
        self._journal.forget_updates(before=state.number)
        self._journal.save_update(state.number, state.model_digest, data)
        return data

    def _train(self, state: RoundState) -> bytes:
        weights = self._task.fetch_model(state.model_digest)
        started = time.monotonic()
        trained = self._trainer(state.number, weights)
        del weights  # large, and the file comes next
        seconds = round(time.monotonic() - started, 3)
        update = trained if isinstance(trained, LocalUpdate) else LocalUpdate(trained)
        tag = self._task.tag(state.number, self._address)
        data = encode_update(update.weights, tag, update.metadata)
        if len(data) > self._task.spec.update.max_bytes:
            raise TrainingError(
                f"the update's file would have {len(data):,} bytes, and the task allows "
                f"{self._task.spec.update.max_bytes:,}: its metadata are too long"
            )
        said = dict(update.metadata) or None
        self._listener(Trained(round=state.number, seconds=seconds, metadata=said))
        return data

    def _is_early(self, state: RoundState) -> bool:
        return not self._has_trained or state.model_digest == self._task.config.genesis_digest

    def _is_mine(self, data: bytes, round_number: int) -> bool:
        tag = self._task.tag(round_number, self._address)
        try:
            read_update(data, tag, self._task.shapes, self._task.spec.update.max_magnitude)
        except UpdateRejected:
            return False
        return True
