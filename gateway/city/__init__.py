"""The sample city: a believable town, so that every screen can be seen and tried at once."""
