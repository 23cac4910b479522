"""Signing in: by password or by a link in a mail, and then by a second factor where there is one."""
