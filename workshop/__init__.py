"""The tools of those who change Onestop: check, test, generate, lock. Nothing that runs in production."""
