"""Spoiled files, events, records and statements, and what each of them should come to."""
