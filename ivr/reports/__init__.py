"""What the centre's work comes to over some weeks: promises, nights, interventions, costs.

Counted by the database, over a bounded period, in the centre's own days, weeks and hours.
"""
