"""A channel that exists only in tests: what a channel that nobody has thought of yet would bring."""
