"""A training's report as a page of Markdown for people."""

from __future__ import annotations

from qorum.training.report import TrainingReport, in_words


def markdown(report: TrainingReport, plot: str) -> str:
    """A page for people; `plot` is an address of the energy curve, empty for none."""
    figures = {
        report.minimized: report.told(10),
        "reference": "unknown" if report.reference is None else f"{report.reference:.10f}",
        "above the reference": "" if report.error is None else f"{report.error:.3e}",
        "steps": f"{report.steps:,}",
        "evaluations": f"{report.evaluations:,}",
        "backend": f"`{report.backend}`",
        "ansatz or model": f"`{report.model}`",
        "optimizer": f"`{report.optimizer}`",
        "ended": report.reason,
        "cost": f"{report.cost_usd:.2f} USD",
        **{name: in_words(value) for name, value in report.figures.items()},
    }
    curve = [f"![{report.minimized} by evaluation]({plot})", ""] if plot else []
    lines = [f"# {report.name}", "", *curve, "| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in figures.items() if value]
    lines += ["", *(f"**Warning:** {warning}" for warning in report.warnings)]
    if report.moves:
        what = report.minimized
        lines += [
            "",
            f"| evaluation | from | to | {what} before | {what} there | why |",
            "|---|---|---|---|---|---|",
        ]
        lines += [
            f"| {move.evaluation} | `{move.origin}` | `{move.target}` |"
            f" {'unknown' if move.energy is None else f'{move.energy:.8f}'} | {move.energy_there:.8f} |"
            f" {move.reason} |"
            for move in report.moves
        ]
    return "\n".join(lines)
