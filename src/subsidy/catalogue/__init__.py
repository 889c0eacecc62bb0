"""What the texts say, as documents: modules, vocabulary, divisions, versions in time, digests, the lock.

Nothing here knows what a formula means; that begins in `subsidy.language`.
"""
