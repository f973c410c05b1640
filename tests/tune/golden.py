"""Records what Optuna finds on the functions of `search.rs`: `pip install optuna==5.0.0 && python tests/tune/golden.py`.

Prints the rows of the table in `search.rs`: the median over 200 seeds of the best of 60 trials, of the independent TPE and of
random search.
"""

import math
import statistics
import warnings

import optuna

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)
SEEDS, TRIALS = 200, 60


def log_quadratic(trial):
    return (math.log10(trial.suggest_float("lr", 1e-6, 1.0, log=True)) + 2.5) ** 2


def branin(trial):
    x, y = trial.suggest_float("x", -5.0, 10.0), trial.suggest_float("y", 0.0, 15.0)
    valley = y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6
    return valley**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


def mixed(trial):
    kind, x = trial.suggest_categorical("kind", ["a", "b", "c", "d"]), trial.suggest_float("x", -2.0, 2.0)
    center, offset = {"a": (-1.5, 1.0), "b": (0.5, 0.3), "c": (1.25, 0.0), "d": (-0.25, 0.6)}[kind]
    return offset + (x - center) ** 2


def whole(trial):
    width, depth = trial.suggest_int("width", 8, 512, log=True), trial.suggest_int("depth", 1, 8)
    return (math.log2(width) - 6.3) ** 2 + 0.5 * (depth - 3) ** 2


def median(function, sampler):
    best = []
    for seed in range(SEEDS):
        study = optuna.create_study(sampler=sampler(seed))
        study.optimize(function, n_trials=TRIALS)
        best.append(study.best_value)
    return statistics.median(best)


for function in (log_quadratic, branin, mixed, whole):
    tpe = median(function, lambda seed: optuna.samplers.TPESampler(multivariate=False, seed=seed))
    random = median(function, lambda seed: optuna.samplers.RandomSampler(seed=seed))
    print(f"{function.__name__}: TPE {tpe:.3e}, random {random:.3e}")
