"""What runs said before: kept reports, what changed between two, a watch over hours.

Values only; `posdiag.report.past` prints them.
"""
