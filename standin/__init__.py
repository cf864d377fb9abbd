"""A local Twilio: it takes REST calls, signs webhooks, reads TwiML and plays the phones.

It knows nothing of the product. Tests run it in virtual time (`StandIn`), a demo in real time
(`python -m standin`).
"""

from standin.switch import Manners, StandIn

__all__ = ["Manners", "StandIn"]
