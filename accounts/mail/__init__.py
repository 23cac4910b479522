"""E-mail: `enqueue` writes one with the caller's transaction, a job sends it, an outbox is the way out."""

from accounts.mail.service import enqueue

__all__ = ["enqueue"]
