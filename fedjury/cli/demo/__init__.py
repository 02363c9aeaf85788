"""The demo: drives the very programs that `fedjury client` and `fedjury oracle` run."""
