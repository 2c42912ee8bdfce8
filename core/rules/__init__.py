"""Acting on sessions while they happen: rules that fire once a visitor, and what they did.

``rule`` says what a rule is, ``matching`` when it fires; ``firing`` writes that down in the transaction
that scores, ``delivery`` sends what is to be sent, ``decision`` answers the shop's own page; ``dry_run``
says what a rule would have done, ``effect`` what it did. ``docs/live.md`` says how.
"""
