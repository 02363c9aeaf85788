"""The Ethereum side: reads pinned to a block, events by range, and transactions that get mined.

Nothing here keeps state of its own: the chain is the database. Nothing above this package sees
an exception of web3 or of an HTTP library, only those of `fedjury.errors`.
"""
