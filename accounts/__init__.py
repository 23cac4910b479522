"""Who is asking: users, keys and their proofs."""
