"""Checks Payband's signed licence files without asking a server: README.md says how."""

from .checking import check
from .fingerprints import fingerprint
from .reading import Licence, Refused, read, read_revocations

__all__ = ["Licence", "Refused", "check", "fingerprint", "read", "read_revocations"]
