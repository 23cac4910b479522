"""What was asked: one record for each request of a known caller, and totals by user, day and endpoint."""
