"""One wrapper a contract, under the contract's own names, and the contracts' events."""
