"""The experiments of the papers, one folder a paper, one function a figure or a table.

    python -m replication --list
    python -m replication strotss.ablation gaussian_w2.demonstration [--threads 1] [--small]

With --workers 4, or --cluster ADDRESS of a Ray cluster that shares this folder, pictures are
painted on several workers first; what is timed is always painted alone.

Every picture that is painted is kept in out/replication/ and not painted twice, so that a run
may be stopped and started again. Results go to replication/results/: numbers with machine and
versions, figures, and to docs/replication.md, which shows them beside the published ones.
"""

EXPERIMENTS = (
    "strotss.self_similarity",
    "strotss.remd",
    "strotss.ablation",
    "strotss.transports",
    "strotss.trade_off",
    "strotss.timing",
    "gaussian_w2.demonstration",
    "wasserstein_critic.comparison",
)
"""Module of each, in the package; its function ``run`` makes the figure or the table."""
