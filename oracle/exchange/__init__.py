"""How the jurors of a jury of several come to one report: docs/protocol/exchange.md."""
