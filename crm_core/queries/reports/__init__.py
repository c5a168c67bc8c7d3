"""Reports: each walks its time by the tickets' ids, which are times, and no older history."""
