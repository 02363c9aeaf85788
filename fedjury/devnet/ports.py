"""TCP ports on 127.0.0.1."""

import socket

from fedjury.errors import DevnetError

LOOPBACK = "127.0.0.1"


def loopback_url(port: int) -> str:
    """http://127.0.0.1:<port>."""
    return f"http://{LOOPBACK}:{port}"


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def require_free(port: int, service: str) -> None:
    """Raise DevnetError when somebody listens on this port, instead of talking to a stranger."""
    with socket.socket() as probe:
        # As servers do: a port whose old connections linger counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise DevnetError(
                f"port {port} for {service} is taken on this machine: stop what listens there, "
                "or choose another port"
            ) from error
