"""Workers: what the house does by itself, each a subscriber that can be stopped at any line."""
