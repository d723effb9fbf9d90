"""Fit logistic regression with Firth's penalty, which keeps coefficients finite where all trials of a level escape.

Without the penalty, maximum likelihood lets such a coefficient grow without end and reports no error. Levels at which
all trials or none escape are common in these studies. statsmodels has no such model. Each row of the data is a cell: k
escapes of n trials.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg, optimize, special

ITERATIONS = 200
LARGEST_STEP = 5.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Fit:
    """The maximum of a penalised likelihood.

    Attributes:
        coefficients: [columns] log odds.
        covariance: [columns, columns] inverse of the information at the maximum.
        penalised: log likelihood plus half the log determinant of the information.
    """

    coefficients: np.ndarray
    covariance: np.ndarray
    penalised: float


def _information(X: np.ndarray, n: np.ndarray, rate: np.ndarray) -> np.ndarray:
    return np.asarray(X.T @ (X * (n * rate * (1 - rate))[:, None]))


def _penalised(X: np.ndarray, hits: np.ndarray, n: np.ndarray, beta: np.ndarray) -> float:
    eta = X @ beta
    likelihood = float(hits @ eta - n @ np.logaddexp(0.0, eta))
    sign, size = np.linalg.slogdet(_information(X, n, special.expit(eta)))
    return likelihood + 0.5 * float(size) if sign > 0 else -np.inf


def _inverse(information: np.ndarray) -> np.ndarray:
    """Return the inverse by Cholesky's method, or the pseudoinverse, which is five times slower, if that fails."""
    try:
        factor = linalg.cho_factor(information, lower=True, check_finite=False)
    except linalg.LinAlgError:
        return np.asarray(np.linalg.pinv(information, hermitian=True))
    return np.asarray(linalg.cho_solve(factor, np.eye(len(information)), check_finite=False))


def fit(
    X: np.ndarray,
    hits: np.ndarray,
    n: np.ndarray,
    *,
    fixed: tuple[int, float] | None = None,
    start: np.ndarray | None = None,
) -> Fit:
    """Maximise the penalised likelihood by Newton steps on Firth's modified score.

    See Firth, Biometrika 80 (1993), and Heinze and Schemper, Statistics in Medicine 21 (2002).

    Args:
        X: [cells, columns], of full column rank.
        hits: [cells] successes.
        n: [cells] trials.
        fixed: (column, value): hold this column's coefficient at the value, for a profile; the penalty stays that of
            the whole model.
        start: coefficients to start from; the columns are then taken to be independent without a check.

    Raises:
        ValueError: X has dependent columns, so that its coefficients are not unique.
        ArithmeticError: no maximum was reached.
    """
    X, hits, n = (np.asarray(values, float) for values in (X, hits, n))
    used = n > 0
    X, hits, n = X[used], hits[used], n[used]
    if start is None and np.linalg.matrix_rank(X) < X.shape[1]:
        raise ValueError(
            f"The {X.shape[1]} columns of X must be linearly independent in the rows with trials. "
            f"Received rank {np.linalg.matrix_rank(X)}."
        )
    beta = np.zeros(X.shape[1]) if start is None else np.array(start, float)
    if fixed is not None:
        beta[fixed[0]] = fixed[1]
    value = _penalised(X, hits, n, beta)
    for _ in range(ITERATIONS):
        rate = special.expit(X @ beta)
        weight = n * rate * (1 - rate)
        inverse = _inverse((X * weight[:, None]).T @ X)
        leverage = weight * ((X @ inverse) * X).sum(1)
        step = inverse @ (X.T @ (hits - n * rate + leverage * (0.5 - rate)))
        if fixed is not None:
            # The step must not change the fixed coefficient: project it on the steps that do not.
            along = inverse[:, fixed[0]]
            step -= along * (step[fixed[0]] / along[fixed[0]])
            step[fixed[0]] = 0.0
        step *= min(1.0, LARGEST_STEP / max(float(np.abs(step).max()), 1e-300))
        new = _penalised(X, hits, n, beta + step)
        while new < value - 1e-10 and np.abs(step).max() > 1e-10:
            step /= 2
            new = _penalised(X, hits, n, beta + step)
        beta, gain, value = beta + step, new - value, new
        if np.abs(step).max() < 1e-8 or (gain < 1e-12 and np.abs(step).max() < 1e-6):
            break
    else:
        raise ArithmeticError(
            f"The fit must reach a maximum in {ITERATIONS} steps. The last step still changed a coefficient by "
            f"{np.abs(step).max():.2g}."
        )
    covariance = _inverse(_information(X, n, special.expit(X @ beta)))
    return Fit(coefficients=beta, covariance=covariance, penalised=value)


def separated(X: np.ndarray, hits: np.ndarray, n: np.ndarray) -> bool:
    """Return whether maximum likelihood would give an infinite coefficient.

    It does if some change of the coefficients lowers the log odds of no success, raises those of no failure, and
    changes at least one (Albert and Anderson, Biometrika 71, 1984). Linear programming looks for such a change (Konis,
    2007).

    Args:
        X: [cells, columns].
        hits: [cells] successes.
        n: [cells] trials.
    """
    signed = np.concatenate([X[hits > 0], -X[hits < n]])
    best = optimize.linprog(-signed.sum(0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1, 1), method="highs")
    return bool(-best.fun > 1e-7)


def profile(
    X: np.ndarray, hits: np.ndarray, n: np.ndarray, column: int, *, confidence: float = 0.95, best: Fit | None = None
) -> tuple[float, float]:
    """Return the profile penalised likelihood interval of one coefficient: (low, high).

    Wald's interval is wrong where the penalty is needed, so the limits are found on the profile.

    Args:
        X: [cells, columns], of full column rank.
        hits: [cells] successes.
        n: [cells] trials.
        column: the coefficient.
        confidence: two-sided, in (0, 1).
        best: the fit of the whole model; computed if not given.

    Raises:
        ValueError, ArithmeticError: as `fit`.
    """
    best = best or fit(X, hits, n)
    drop = float(special.chdtri(1, 1 - confidence)) / 2
    centre = float(best.coefficients[column])
    scale = float(np.sqrt(best.covariance[column, column]))

    # Under separation the profile can have a ridge, and a fit may stay on it; so each point is fitted from both sides.
    # Each fit starts where the last one on its side ended, moved along the line of the conditional means.
    aside = np.sqrt(np.diag(best.covariance)) / 2
    along = best.covariance[column] / best.covariance[column, column]
    reached = [best.coefficients + side * aside for side in (-1.0, 1.0)]

    def excess(value: float) -> float:
        fits = [fit(X, hits, n, fixed=(column, value), start=at + (value - at[column]) * along) for at in reached]
        reached[:] = [side.coefficients for side in fits]
        return best.penalised - max(side.penalised for side in fits) - drop

    def limit(direction: float) -> float:
        width = scale
        while excess(centre + direction * width) < 0 and width < 1e3 * scale:
            width *= 1.6
        inside, outside = centre, centre + direction * width
        return float(optimize.brentq(excess, min(inside, outside), max(inside, outside), xtol=1e-5))

    return limit(-1.0), limit(1.0)
