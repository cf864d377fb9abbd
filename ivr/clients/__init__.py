"""A client's file: its contract, the form of §5, its PIN, and the history of all that (§1)."""
