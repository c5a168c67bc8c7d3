"""How fast it is, measured from outside: each script has `run(long)` and one JSON document to say."""
