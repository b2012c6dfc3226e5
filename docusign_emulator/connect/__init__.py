"""Connect: who wants to hear of which event, the message they get, and getting it to them."""
