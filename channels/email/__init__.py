"""Electronic mail: our own SMTP receiver, any relay, and the reader of what people really send."""
