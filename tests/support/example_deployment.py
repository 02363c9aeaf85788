"""A deployment file's content, for tests that only need one."""

from fedjury.task.deployment_file import Deployment

ADDRESS = "0x" + "1" * 40


def deployment() -> Deployment:
    """A deployment without clients, of a task that is nowhere."""
    return Deployment(
        chain_id=1337,
        rpc="http://127.0.0.1:8545",
        store="dir:files",
        factory=ADDRESS,
        task=ADDRESS,
        block=3,
        spec="QmSpec",
        genesis="QmGenesis",
        coordinator=ADDRESS,
        jurors=[ADDRESS],
        roster=None,
        clients=0,
        data="digits",
        partition="iid",
        partition_seed=2,
    )
