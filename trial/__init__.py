"""The whole product tried in virtual time: in one process, with the stand-in for Twilio.

`product` builds it; tests stand on it too. A simulated month is read in this order: cast (who
there is), chance (what is drawn), people (what they do), month (the run), findings and report
(how it went, judged from the stand-in's ledger).
"""
