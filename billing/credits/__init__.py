"""Credits: a double-entry ledger that is only ever appended to. docs/decisions/0007 says why it is as it is."""
