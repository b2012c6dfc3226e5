"""“Why is this stuck?”: from an envelope's rows to where it stands, why, what happens by itself, and what to press.

`explain` reads and never writes or calls anybody. `stuck` is the same judgement as SQL, for lists; tests hold the
two together.
"""

from esign.envelopes.status.explain import explain, with_all_that_is_read
from esign.envelopes.status.explanation import Explanation, Tone
from esign.envelopes.status.lists import being_sent, expiring, stuck
from esign.envelopes.status.signing import HOW

__all__ = ["HOW", "Explanation", "Tone", "being_sent", "expiring", "explain", "stuck", "with_all_that_is_read"]
