"""Tokens that prove one thing once: that a mailbox is somebody's, or that the first half of a sign-in was done."""
