"""A key for each person, under which everything is sealed that tells who they are.

Whoever destroys the key has erased the person wherever the sealed text still lies: tables, logs of the audit, backups.
"""
