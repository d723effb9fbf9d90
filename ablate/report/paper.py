"""Write a study as the parts of a paper: methods, figure, tables, references and a reproducibility checklist."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from ablate.report import comparisons, page, paper_methods, pictures, tables, text_escaping, verdict
from ablate.report.page_parts import levels_by_name, setting_words
from ablate.report.section_inputs import Inputs, section_inputs
from ablate.report.sections import rates
from ablate.results.study_results import Results

SETTINGS = 40
"""The most settings in the table: those with fewest changes from the baseline, then the best."""

COMPARED = ("estimate", "low", "high", "adjusted_p", "pairs")


def write(results: Results, folder: Path) -> Path:
    """Write paper.tex, references.bib, settings.tex, contrasts.tex and figure.pdf anew; return the folder.

    Args:
        results: the study.
        folder: where to write; what was there is deleted.
    """
    inputs = section_inputs(results)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    glance = pictures.draw(pictures.renamed(rates.glance(inputs), "figure"), folder, ["pdf"])
    settings, compared = settings_table(inputs), contrasts_table(inputs)
    caption = "How trials ended, by setting: escaped of n with the interval of the rate"
    (folder / "settings.tex").write_text(tables.latex(settings, caption, "tab:settings"), encoding="utf-8")
    caption = "Differences of escape rates at the baseline, paired by seed, with 95 % intervals and corrected p"
    (folder / "contrasts.tex").write_text(tables.latex(compared, caption, "tab:contrasts"), encoding="utf-8")
    methods = paper_methods.methods(inputs)
    cited = {key for paragraph in methods for sentence in paragraph for key in sentence.cited}
    (folder / "references.bib").write_text(references(cited), encoding="utf-8")
    judged = [group for group in inputs.groups if group.varying]
    text = (
        _environment()
        .get_template("paper.tex.j2")
        .render(
            title=results.study.question or results.study.name,
            methods=methods,
            results=[sentence for group in judged for sentence in verdict.sentences(inputs, group)],
            caption=glance.picture.caption,
            checklist=paper_methods.checklist(inputs),
        )
    )
    (folder / "paper.tex").write_text(text, encoding="utf-8")
    return folder


def _environment() -> Environment:
    environment = Environment(  # noqa: S701 - LaTeX, escaped by the filter `tex`
        loader=PackageLoader("ablate.report"),
        undefined=StrictUndefined,
        trim_blocks=True,
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
    )
    environment.filters["tex"] = text_escaping.latex
    return environment


def references(cited: Iterable[str]) -> str:
    """Return the BibTeX entries of these keys, in the order of their keys.

    Raises:
        KeyError: a key has no entry.
    """
    entries = re.findall(r"^@\w+\{(\w+),.*?^\}\n", page.template("references.bib"), re.MULTILINE | re.DOTALL)
    texts = re.findall(r"^@\w+\{\w+,.*?^\}\n", page.template("references.bib"), re.MULTILINE | re.DOTALL)
    known = dict(zip(entries, texts, strict=True))
    return "\n".join(known[key] for key in sorted(cited))


def settings_table(inputs: Inputs) -> pd.DataFrame:
    """Return the settings with fewest changes from the baseline: how their trials ended, with intervals."""
    rows, names = inputs.settings, [name for name in inputs.keys if name in inputs.baseline]
    levels = list(levels_by_name(rows, names))
    changes = [sum(inputs.baseline[name] != level for name, level in setting.items()) for setting in levels]
    frame = pd.DataFrame(
        {
            "setting": [setting_words(setting, inputs.baseline) for setting in levels],
            "escaped": [f"{row['escaped']}/{row['n']}" for row in rows.to_dict("records")],
            "low": rows["low"].to_numpy(),
            "high": rows["high"].to_numpy(),
            "collapsed": rows["collapsed"].to_numpy(),
            "accuracy": rows["accuracy"].to_numpy(),
        }
    )
    if "start_state" in inputs.keys:
        frame["setting"] += [f" (first phase {state})" if state else "" for state in rows["start_state"].astype(str)]
    order = frame.assign(changes=changes, rate=-rows["escape_rate"].to_numpy()).sort_values(
        ["changes", "rate"], kind="stable"
    )
    return order.drop(columns=["changes", "rate"]).head(SETTINGS).reset_index(drop=True)


def contrasts_table(inputs: Inputs) -> pd.DataFrame:
    """Return the comparisons of escape rates that stand first on the page, those of the declared contrasts first."""
    frames = []
    for group in () if inputs.results.searched else inputs.groups:
        families, _ = comparisons.compared(inputs, group, "escaped")
        for family, frame in families:
            if family.here or not any(other.here for other, _ in families):
                where = group.title if len(inputs.groups) > 1 else ""
                named = [f"{row['factor']}: {row['level']} - {row['against']}" for row in frame.to_dict("records")]
                shown = frame[list(COMPARED)].assign(family=", ".join(filter(None, (family.kind, where))))
                shown.insert(0, "comparison", named)
                frames.append(shown)
    if not frames:
        return pd.DataFrame({"comparison": ["none: a search chose the settings, or a single setting was run"]})
    whole = pd.concat(frames, ignore_index=True).rename(columns={"estimate": "difference", "adjusted_p": "corrected p"})
    return whole.head(2 * SETTINGS)
