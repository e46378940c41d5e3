"""Teams that lots are drawn among, and every dealing gone through by brute force."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from loopqa.calc.effect.randomisation import Panel, prior


def exposed(groups, windows, earlier=3):
    """Clusters of group g have the action from later window g on; no window of the last group."""
    rows = [[0.0] * earlier + [float(w >= g) for w in range(windows)] for g in groups]
    return np.array(rows)


def world(seed, groups, *, windows=1, earlier=3, effect=0.0, shock=0.3, answers=(5, 40)):
    """Teams shaken by heavy-tailed shocks of their own in every window."""
    random = np.random.default_rng(seed)
    teams, every = len(groups), earlier + windows
    n = random.integers(*answers, (teams, every))
    level = random.normal(0, 0.3, (teams, 1)) + random.normal(0, 0.3, (1, every))
    shocks = shock * random.standard_t(3, (teams, every))
    exposure = exposed(groups, windows, earlier)
    means = 3 + level + shocks + random.normal(0, 1, (teams, every)) / np.sqrt(n)
    return Panel(means + effect * exposure, 1.0 / n, exposure)


def z_by_least_squares(means, sampling, exposure, past):
    """Whitened least squares with a level for each window, cell by cell; NaN: nothing to tell."""
    rows = [(j, t) for j in range(means.shape[0]) for t in range(means.shape[1])]
    known = [(j, t) for j, t in rows if np.isfinite(means[j, t])]
    covariance = np.array(
        [
            [(j == k) * (past.left[j] + (t == u) * (past.shock + sampling[j, t])) for k, u in known]
            for j, t in known
        ]
    )
    windows = sorted({t for _, t in known})
    design = np.array([[exposure[j, t], *(t == u for u in windows)] for j, t in known], float)
    white = np.linalg.inv(np.linalg.cholesky(covariance))
    outcome = np.array([means[j, t] - past.level[j] for j, t in known])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return np.nan, np.nan
    solved = np.linalg.pinv((white @ design).T @ (white @ design))
    coefficient = solved @ (white @ design).T @ (white @ outcome)
    return coefficient[0] / np.sqrt(solved[0, 0]), coefficient[0]


def p_by_brute_force(panel, tau):
    """Both one-sided p of "the effect is tau": every order of the rows of the exposure, once."""
    later = panel.later
    early = panel.earlier
    past = prior(panel.means[:, early], panel.sampling[:, early], 0.0025, 0.01)
    without = panel.means[:, later] - tau * panel.exposure[:, later]
    every = {
        tuple(map(tuple, panel.exposure[list(order)][:, later]))
        for order in permutations(range(len(panel.means)))
    }
    happened, _ = z_by_least_squares(
        without, panel.sampling[:, later], panel.exposure[:, later], past
    )
    others = np.array(
        [
            z_by_least_squares(without, panel.sampling[:, later], np.array(one), past)[0]
            for one in every
        ]
    )
    return np.mean(~(others < happened - 1e-7)), np.mean(~(others > happened + 1e-7))
