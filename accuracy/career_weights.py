"""Fits the weights of `estimation.careers.similarity`: python -m accuracy.career_weights FOLDER_OF_ONET_TABLES."""

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

from accuracy.career_moves import described, is_learned_from, labels
from estimation.careers.similarity import Compared, compare


def fit(compared: Compared, related: npt.NDArray[np.bool_]) -> dict[str, float]:
    """Weight of each view: logistic regression of being related, over the pairs of the occupations learned from."""
    from sklearn.linear_model import LogisticRegression

    names = list(compared.views)
    learned = np.array([is_learned_from(at) for at in range(len(compared.codes))]) & related.any(axis=1)
    pairs = learned[:, None] & ~np.eye(len(compared.codes), dtype=bool)
    columns = np.stack([compared.views[name][pairs] for name in names], axis=1)
    spread = columns.std(axis=0)
    spread[spread == 0] = 1.0
    fitted = LogisticRegression(C=1.0, max_iter=1000).fit(columns / spread, related[pairs])
    return {name: round(float(weight), 3) for name, weight in zip(names, fitted.coef_[0] / spread, strict=True)}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    found = compare(described(folder))
    for name, weight in fit(found, labels(folder, found.codes)).items():
        sys.stdout.write(f'    "{name}": {weight},\n')
