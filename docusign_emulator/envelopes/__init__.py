"""What an envelope is, what it answers, and everything that can happen to it."""
