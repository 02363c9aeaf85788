"""Turning what web3 and the HTTP library raise into this project's kinds of error."""

from collections.abc import Mapping

import requests
from web3.exceptions import BadResponseFormat, ContractLogicError, Web3Exception, Web3RPCError

from fedjury.chain.abi.reverts import is_revert, revert_from_rpc
from fedjury.chain.rpc.rate_limits import seconds_by_code
from fedjury.errors import ChainUnavailable, FedjuryError, NodeError
from fedjury.runtime.retry_after import retry_after

# What a request can raise for reasons outside this program. Everything else is a bug.
OUTSIDE = (requests.RequestException, Web3Exception, OSError, ValueError, RecursionError)

# Only what runs a contract can be refused by one; elsewhere such words are the node's own.
_RUNS_CONTRACTS = ("", "eth_call", "eth_estimateGas", "eth_sendRawTransaction")


def translate(error: Exception, endpoint: str, method: str = "") -> FedjuryError:
    """The exception that callers get; it names the endpoint without its path (API keys)."""
    if isinstance(error, ContractLogicError):
        return revert_from_rpc(error.message or "", error.data)
    if isinstance(error, Web3RPCError):
        return from_rpc_error((error.rpc_response or {}).get("error"), method)
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return _from_http(error.response, endpoint, method)
    unavailable = ChainUnavailable(f"{endpoint} {_describe(error)}")
    unavailable.timed_out = isinstance(error, requests.Timeout)
    return unavailable


def from_rpc_error(error: object, method: str = "") -> FedjuryError:
    """The exception for the `error` member of a JSON-RPC response."""
    if not isinstance(error, Mapping) or not isinstance(error.get("message"), str):
        return ChainUnavailable(f"the node answers garbage to {method}: {error!r:.80}")
    code = error.get("code")
    code = code if isinstance(code, int) else 0
    message = error["message"]
    if method in _RUNS_CONTRACTS and is_revert(code, message):
        return revert_from_rpc(message, error.get("data"))
    refusal = NodeError(method, code, message[:300])
    refusal.retry_after = seconds_by_code(code, error.get("data"))
    return refusal


def _from_http(response: requests.Response, endpoint: str, method: str) -> FedjuryError:
    status = response.status_code
    error: FedjuryError = ChainUnavailable(f"{endpoint} answers with HTTP {status}")
    # some send a proper JSON-RPC error with a status of 4xx or 5xx
    try:
        body = response.json()
    except (ValueError, RecursionError):
        body = None
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        error = from_rpc_error(body["error"], method)
    if isinstance(error, ChainUnavailable):
        error.http_status = status
        asked = retry_after(status, response.headers)
        error.retry_after = error.retry_after if asked is None else asked
    return error


def _describe(error: Exception) -> str:
    # never the text of a connection error: it holds the whole URL
    if isinstance(error, requests.Timeout):
        return "does not answer in time"
    if isinstance(error, BadResponseFormat):
        return "answers something that is no JSON-RPC response"
    if isinstance(error, requests.RequestException | OSError):
        return f"cannot be reached ({type(error).__name__})"
    return f"gives an unusable answer ({type(error).__name__})"
