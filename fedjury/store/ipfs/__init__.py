"""A content store on IPFS, through a daemon's RPC API (Kubo, js-ipfs).

The daemon is not trusted: what arrives is limited in size and time while it arrives, and its
digest is computed anew. Nor is a refusal of the daemon's, or of a proxy before it, taken for a fact
about content. See https://docs.ipfs.tech/reference/kubo/rpc/.
"""

from fedjury.store.ipfs.store import IpfsStore

__all__ = ["IpfsStore"]
