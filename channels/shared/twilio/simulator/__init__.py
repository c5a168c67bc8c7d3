"""Twilio's messages on this machine: stateful, with its faults; for tests, and for who has no account yet.

It knows what their description of the REST interface says (a test holds it to that), and
of webhooks what their pages say. It is not Twilio: that is proven by whoever has an account.
"""
