"""Central moments per group and their merge; answers of the statistics made of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine.functions import faults
from workbench.engine.functions.kernels.segments import owners_of, starts_of

Lists = Sequence[pa.Array]


def _flat(lists: pa.Array) -> np.ndarray:
    values = lists.flatten()
    return pc.fill_null(values, 0.0).to_numpy(zero_copy_only=False)


def _per_group(owners: np.ndarray, weights: np.ndarray, groups: int) -> np.ndarray:
    return np.bincount(owners, weights=weights, minlength=groups)


def moments_of(lists: pa.Array) -> tuple[np.ndarray, ...]:
    """Return count, mean and central moment sums 2 to 4 of each list."""
    starts = starts_of(lists)
    owners, values, groups = owners_of(starts), _flat(lists), len(lists)
    count = np.diff(starts).astype(float)
    with np.errstate(all="ignore"):
        mean = _per_group(owners, values, groups) / count
        delta = values - mean[owners]
        sums = [_per_group(owners, delta**power, groups) for power in (2, 3, 4)]
    return (count, np.where(count == 0, 0.0, mean), *sums)


def merge_moments(parts: Lists) -> tuple[np.ndarray, ...]:
    """Return count, mean and central moment sums of groups from lists of such partial results."""
    starts = starts_of(parts[0])
    owners, groups = owners_of(starts), len(parts[0])
    columns = [_flat(part) for part in parts]
    count = columns[0]
    total = _per_group(owners, count, groups)
    with np.errstate(all="ignore"):
        mean = np.where(total == 0, 0.0, _per_group(owners, count * columns[1], groups) / total)
    delta = columns[1] - mean[owners]
    made = [total, mean]
    second = columns[2]
    made.append(_per_group(owners, second + count * delta**2, groups))
    if len(columns) > 3:
        made.append(_per_group(owners, columns[3] + 3 * delta * second + count * delta**3, groups))
    if len(columns) > 4:
        fourth = columns[4] + 4 * delta * columns[3] + 6 * delta**2 * second + count * delta**4
        made.append(_per_group(owners, fourth, groups))
    return tuple(made)


def pairs_of(x_lists: pa.Array, y_lists: pa.Array, place: int) -> np.ndarray:
    """Return one of :func:`merge_pairs`' results for lists of raw pairs."""
    starts = starts_of(x_lists)
    owners, groups = owners_of(starts), len(x_lists)
    count = np.diff(starts).astype(float)
    columns = [_flat(x_lists), _flat(y_lists)]
    with np.errstate(all="ignore"):
        means = [
            np.where(count == 0, 0.0, _per_group(owners, one, groups) / count) for one in columns
        ]
    if place <= len(means):
        return means[place - 1]
    dx, dy = (one - mean[owners] for one, mean in zip(columns, means, strict=True))
    products = (dx * dy, dx * dx, dy * dy)
    return _per_group(owners, products[place - len(means) - 1], groups)


def merge_pairs(parts: Lists) -> tuple[np.ndarray, ...]:
    """Return count, means, co-moment and second moments of two variables from partial results."""
    starts = starts_of(parts[0])
    owners, groups = owners_of(starts), len(parts[0])
    count, mean_x, mean_y, both, square_x, square_y = (_flat(part) for part in parts)
    total = _per_group(owners, count, groups)
    with np.errstate(all="ignore"):
        x = np.where(total == 0, 0.0, _per_group(owners, count * mean_x, groups) / total)
        y = np.where(total == 0, 0.0, _per_group(owners, count * mean_y, groups) / total)
    dx, dy = mean_x - x[owners], mean_y - y[owners]
    return (
        total,
        x,
        y,
        _per_group(owners, both + count * dx * dy, groups),
        _per_group(owners, square_x + count * dx**2, groups),
        _per_group(owners, square_y + count * dy**2, groups),
    )


def _numbers(*columns: pa.Array) -> list[np.ndarray]:
    return [pc.fill_null(column, 0.0).to_numpy(zero_copy_only=False) for column in columns]


def _answer(values: np.ndarray, missing: np.ndarray) -> pa.Array:
    return pa.array(np.asarray(values, dtype=float), mask=np.asarray(missing))


def var_pop(*columns: pa.Array) -> pa.Array:
    """Return the population variance; NULL for no values."""
    n, _mean, square = _numbers(*columns)
    with np.errstate(all="ignore"):
        return _answer(square / n, n == 0)


def var_samp(*columns: pa.Array) -> pa.Array:
    """Return the sample variance; NULL for fewer than two values."""
    n, _mean, square = _numbers(*columns)
    with np.errstate(all="ignore"):
        return _answer(square / (n - 1), n < 2)


def stddev_pop(*columns: pa.Array) -> pa.Array:
    """Return the population standard deviation."""
    return pc.sqrt(var_pop(*columns))


def stddev_samp(*columns: pa.Array) -> pa.Array:
    """Return the sample standard deviation."""
    return pc.sqrt(var_samp(*columns))


def skewness(*columns: pa.Array) -> pa.Array:
    """Return the skewness; NULL where all values are equal."""
    n, _mean, square, cube = _numbers(*columns)
    with np.errstate(all="ignore"):
        return _answer(np.sqrt(n) * cube / np.sqrt(square**3), (n == 0) | (square == 0))


def kurtosis(*columns: pa.Array) -> pa.Array:
    """Return the excess kurtosis; NULL where all values are equal."""
    n, _mean, square, _cube, fourth = _numbers(*columns)
    with np.errstate(all="ignore"):
        return _answer(n * fourth / (square * square) - 3.0, (n == 0) | (square == 0))


def covar_pop(*columns: pa.Array) -> pa.Array:
    """Return the population covariance."""
    n, _x, _y, both, _xx, _yy = _numbers(*columns)
    with np.errstate(all="ignore"):
        return _answer(both / n, n == 0)


def covar_samp(*columns: pa.Array) -> pa.Array:
    """Return the sample covariance; NULL for fewer than two pairs."""
    n, _x, _y, both, _xx, _yy = _numbers(*columns)
    with np.errstate(all="ignore"):
        return _answer(both / (n - 1), n < 2)


def corr(*columns: pa.Array) -> pa.Array:
    """Return Pearson's correlation; NULL for fewer than two pairs.

    Raises
    ------
    ArithmeticFault
        ``DIVIDE_BY_ZERO`` where one of the variables is constant, as in Spark's ANSI mode.
    """
    n, _x, _y, both, xx, yy = _numbers(*columns)
    product = xx * yy
    if ((n > 1) & (product == 0)).any():
        raise faults.division_by_zero()
    with np.errstate(all="ignore"):
        return _answer(both / np.sqrt(product), n < 2)


# In regressions the first argument is the dependent variable: y is the first, x the second.


def regr_count(*columns: pa.Array) -> pa.Array:
    """Return the number of pairs."""
    return columns[0]


def regr_avgy(*columns: pa.Array) -> pa.Array:
    """Return the mean of the dependent variable."""
    n, y, _x, _both, _yy, _xx = _numbers(*columns)
    return _answer(y, n == 0)


def regr_avgx(*columns: pa.Array) -> pa.Array:
    """Return the mean of the independent variable."""
    n, _y, x, _both, _yy, _xx = _numbers(*columns)
    return _answer(x, n == 0)


def regr_sxx(*columns: pa.Array) -> pa.Array:
    """Return the independent variable's sum of squared deviations."""
    n, _y, _x, _both, _yy, xx = _numbers(*columns)
    return _answer(xx, n == 0)


def regr_syy(*columns: pa.Array) -> pa.Array:
    """Return the dependent variable's sum of squared deviations."""
    n, _y, _x, _both, yy, _xx = _numbers(*columns)
    return _answer(yy, n == 0)


def regr_sxy(*columns: pa.Array) -> pa.Array:
    """Return the sum of products of deviations."""
    n, _y, _x, both, _yy, _xx = _numbers(*columns)
    return _answer(both, n == 0)


def regr_slope(*columns: pa.Array) -> pa.Array:
    """Return the slope of the least-squares line."""
    n, _y, _x, both, _yy, xx = _numbers(*columns)
    with np.errstate(all="ignore"):
        return _answer(both / xx, (n == 0) | (xx == 0))


def regr_intercept(*columns: pa.Array) -> pa.Array:
    """Return where the least-squares line meets the axis."""
    n, y, x, both, _yy, xx = _numbers(*columns)
    with np.errstate(all="ignore"):
        return _answer(y - both / xx * x, (n == 0) | (xx == 0))


def regr_r2(*columns: pa.Array) -> pa.Array:
    """Return the coefficient of determination; 1 where the dependent variable is constant."""
    n, _y, _x, both, yy, xx = _numbers(*columns)
    with np.errstate(all="ignore"):
        made = np.where(yy == 0, 1.0, both * both / (xx * yy))
    return _answer(made, (n == 0) | (xx == 0))
