"""Web chat: visitors of any page of the city talk to us live."""
