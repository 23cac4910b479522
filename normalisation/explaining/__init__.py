"""What each step made of one posting, and why: the pipeline's own answer, with the evidence that it rests on."""

from normalisation.explaining.evidence import Evidence, Explanation
from normalisation.explaining.posting import explain

__all__ = ["Evidence", "Explanation", "explain"]
