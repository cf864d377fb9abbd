"""`make run`: the whole product on one machine, with the stand-in for Twilio, and nothing else.

Read in this order: demo (its environment), procfile, child, guard, supervisor, __main__.
"""
