"""What Telegram fixes for everybody: how its people are named, and how much one answer may hold."""

SCHEME = "telegram"
MOST = 4096
"""UTF-16 units of one message (Bot API: 4096 characters after entities; its own count is in UTF-16)."""

PARTS = 5
"""Messages of one answer."""
