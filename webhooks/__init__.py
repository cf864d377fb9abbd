"""How Twilio reaches us: a signed form in, TwiML out. Nothing is decided here."""
