"""When a cell of publicly advertised pay may show figures.

Ten observations or more, of three employers or more, none of which gives over half. Publicly advertised pay is no
secret: the rule keeps one firm's pay scale from passing as the market's.

An observation whose employer is not known could be anyone's: within a source all such observations count as one
employer, so they can fail the rule but hardly pass it alone. Where the source says that individuals contribute, each
such observation counts as one contributor's.

Cells with confidential pay must pass the disclosure rule besides (`estimation.disclosure`).
"""

import numpy as np
import numpy.typing as npt

from estimation.quantiles import Floats, Ints

MIN_OBSERVATIONS = 10
MIN_EMPLOYERS = 3
MAX_SHARE = 0.5


def may_publish(n_observations: Ints, n_employers: Ints, largest: Ints) -> npt.NDArray[np.bool_]:
    """Whether each cell passes: `largest` is the number of observations of its largest employer.

    `n_employers` and `largest` count each source's unknown employers as one employer.
    """
    enough = (n_observations >= MIN_OBSERVATIONS) & (n_employers >= MIN_EMPLOYERS)
    return np.asarray(enough & (largest <= MAX_SHARE * n_observations))


def share(part: Ints, whole: Ints) -> Floats:
    """part / whole, nan where the whole is 0."""
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
