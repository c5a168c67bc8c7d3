"""The web: REST, sockets, the console and the pages around them."""
