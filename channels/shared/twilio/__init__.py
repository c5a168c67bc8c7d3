"""What the channels that go through Twilio share: proof, reading, words, sending; and a simulator of the provider."""
