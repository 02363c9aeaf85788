"""The adversary's updates; `registry` knows the attacks by name."""
