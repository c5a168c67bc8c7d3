"""Routing: facts in, offers out, each with its reason. Pure, deterministic, and never a scan of the queue."""
