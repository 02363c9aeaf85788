"""An IPFS daemon that has some files and never answers for any other; serves many at a time.

It runs in a process of its own, as a daemon does, and allows downloads alone.
"""

import asyncio
import multiprocessing
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from urllib.parse import parse_qs, urlsplit

from fedjury.protocol.digest import Digest


@contextmanager
def silent_daemon(files: Mapping[Digest, bytes]) -> Iterator[str]:
    """API URL of a daemon that serves these files."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    by_cid = {digest.cid: data for digest, data in files.items()}
    process = context.Process(target=_run, args=(by_cid, theirs), daemon=True)
    process.start()
    try:
        assert ours.poll(60), "the daemon does not start"
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.kill()
        process.join()


def _run(files: Mapping[str, bytes], parent: Connection) -> None:
    asyncio.run(_listen(files, parent))


async def _listen(files: Mapping[str, bytes], parent: Connection) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            url = urlsplit(head.split()[1])
            data = files.get(parse_qs(url.query).get("arg", [""])[0])
            if not url.path.endswith("/cat"):
                writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            elif data is None:
                await reader.read()  # until the other side has enough
            else:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(data) + data)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1024)
    parent.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()
