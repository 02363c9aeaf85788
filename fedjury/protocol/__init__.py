"""The protocol's files and messages: digests, specs, update files, verdicts, signed reports."""
