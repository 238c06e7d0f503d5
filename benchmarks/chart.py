"""Bars: contenders side by side in groups, as SVG text that is the same for the same numbers."""

from collections.abc import Mapping, Sequence
from pathlib import Path

_COLOURS = ("#1f6feb", "#d29922", "#9a6700", "#8250df", "#57606a", "#a0a8b0")


def bars(groups: Sequence[str], values: Mapping[str, Sequence[float | None]], what: str, target: Path) -> None:
    """Draw a bar for each value, those of one group together; `what` is written below the axis."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    matplotlib.rcParams.update({"svg.hashsalt": "ddb-assets", "svg.fonttype": "none", "font.size": 9})
    figure, axes = plt.subplots(figsize=(8, 0.6 + 0.17 * len(groups) * (len(values) + 1)))
    height = 1 / (len(values) + 1)
    for number, (name, found) in enumerate(values.items()):
        places = [group + number * height for group in range(len(groups))]
        drawn = axes.barh(
            places, [value or 0 for value in found], height * 0.9, label=name, color=_COLOURS[number % len(_COLOURS)]
        )
        axes.bar_label(drawn, [f"{value:.3g}" if value else "" for value in found], padding=2, fontsize=7)
    axes.set_yticks([group + height * (len(values) - 1) / 2 for group in range(len(groups))], groups)
    axes.invert_yaxis()
    axes.set_xlabel(what)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    figure.savefig(target, format="svg", bbox_inches="tight", metadata={"Date": None, "Creator": None})
    plt.close(figure)
    # The library ends lines with spaces.
    target.write_text("\n".join(line.rstrip() for line in target.read_text().splitlines()) + "\n")
