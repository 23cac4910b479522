"""Which postings are one opening: clusters over the fingerprints of every source and day.

    history     the latest fingerprint of each posting, and the days on which it was open
    blocks      small groups in which duplicates can be found
    scoring     which two postings of a block advertise the same opening
    comparing   which pairs must be compared again, and which edges stand
    numbers     what requisition numbers and ids say against it
    components  from pairs to openings
    clustering  keeps the state of all that, so that only what changed is scored again

The result is a function of the set of fingerprints alone: the order of rows, the partitioning and the history of
ingestion do not enter, and clustering step by step gives what clustering everything at once gives.
"""

from ingestion.openings.clustering import MEMBERS, OpeningsReport, cluster

__all__ = ["MEMBERS", "OpeningsReport", "cluster"]
