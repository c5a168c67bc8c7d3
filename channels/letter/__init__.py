"""Letters: on paper both ways."""
