"""The rules: values in, decision out. No clock, no database, no network; time is a value too."""
