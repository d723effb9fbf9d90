"""Write the answer about a program as a page: its first screen is the answer, what was tried stands below."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import TYPE_CHECKING

from ablate.core.notebook_view import preformatted, table
from ablate.try_remedies.verdict_text import STATES, counts, rows, sure

if TYPE_CHECKING:
    from ablate.try_remedies.judging import Tally
    from ablate.try_remedies.verdict import Option, Verdict

STYLE = (
    ":root{color-scheme:light dark;--ink:#1b1b1a;--soft:#555551;--paper:#fff;--panel:#f5f5f2;--line:#d3d3cd;"
    "--link:#00558a}"
    "@media(prefers-color-scheme:dark){:root{--ink:#ecece6;--soft:#b3b3ab;--paper:#161615;--panel:#222220;"
    "--line:#46463f;--link:#7cc4f2}}*{box-sizing:border-box}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:1.5rem auto;padding:0 1rem;color:var(--ink);"
    "background:var(--paper);overflow-wrap:anywhere}h1{font-size:1.75rem;line-height:1.25;margin:0 0 .6rem}"
    "h2{font-size:1.15rem;margin:1.2rem 0 .3rem}p{margin:.3rem 0}.soft{color:var(--soft);font-size:.9rem}"
    ".facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:.75rem;margin:.8rem 0}"
    ".facts>div{background:var(--panel);border-top:3px solid var(--link);padding:.6rem .9rem}.facts dd{margin:0}"
    ".facts dt{color:var(--soft);font-size:.9rem}.facts b{font-size:1.35rem;display:block}"
    "pre{background:var(--panel);padding:.7rem;white-space:pre-wrap}code,pre{font-family:ui-monospace,monospace;"
    "font-size:.9em}table{border-collapse:collapse}th{white-space:nowrap}"
    "td,th{padding:.2rem .7rem .2rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}"
    "li{margin:.3rem 0}ul{padding-left:1.2rem}"
)

MOST_CAUSES = 3


def write(verdict: Verdict, path: Path) -> Path:
    """Write the page and return where it lies.

    Args:
        verdict: the answer.
        path: the file; its folder is made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(verdict), encoding="utf-8")
    return path


def file_name(program: str) -> str:
    """Return the name of a program's page.

    Examples:
        >>> file_name("my models/net.py:make_model")
        'net-make_model.try.html'
    """
    place, _, name = program.rpartition(":")
    stem = Path(place).name.removesuffix(".py")
    return re.sub(r"[^\w.-]+", "_", f"{stem}-{name}" if stem else name) + ".try.html"


def page(verdict: Verdict) -> str:
    """Return the page."""
    title = f"{verdict.program}: {verdict.state}"
    head = f'<p class="soft">ablate try: {_text(title)}</p><h1>{_text(STATES[verdict.state])}</h1>'
    body = [head, *_first(verdict), *_below(verdict)]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body><main>{''.join(body)}</main></body></html>\n"
    )


def _first(verdict: Verdict) -> list[str]:
    """Return the first screen: how it ended, the cause, what to do with its lines, what limits the answer."""
    parts = [_line(verdict.says)] if verdict.says else []
    if verdict.baseline.trials:
        parts.append(_facts(verdict))
    if verdict.causes:
        cause = verdict.causes[0]
        parts += ["<h2>Cause</h2>", _line(f"{cause.meaning} ({cause.name}, {sure(cause.sure)}). {cause.evidence}")]
    if verdict.recommended is not None:
        parts += ["<h2>Do</h2>", _way(verdict.recommended), preformatted(verdict.recommended.patch)]
    elif verdict.state not in ("healthy", "outside", "unknown"):
        parts += ["<h2>Do</h2>", _line("No way out is known yet." if verdict.stopped else "No way out was found.")]
    if verdict.stopped:
        parts.append(_line("It was stopped before all was tried: these are the trials that ended."))
    if verdict.left_out:
        parts.append(_line(f"Left out, so that nothing is said of the whole: {'; '.join(verdict.left_out)}."))
    return [*parts, _line(f"Next: {verdict.command}")] if verdict.command else parts


def _below(verdict: Verdict) -> list[str]:
    """Return what stands below: other causes, the next best, findings, what was tried, not tried, not checked."""
    parts = [
        _line(f"{cause.meaning} ({cause.name}, {sure(cause.sure)}). {cause.evidence}")
        for cause in verdict.causes[1:MOST_CAUSES]
    ]
    parts = ["<h2>Other causes</h2>", *parts] if parts else []
    if verdict.next_best is not None:
        parts += ["<h2>Next best</h2>", _way(verdict.next_best), preformatted(verdict.next_best.patch)]
    if verdict.findings:
        parts += ["<h2>Found before training</h2>", f"<ul>{''.join(map(_finding, verdict.findings))}</ul>"]
    heads, *lines = rows(verdict)
    if verdict.baseline.trials:
        parts += ["<h2>What was tried</h2>", _line(f"Here {verdict.reason}."), table(heads, lines)]
    if verdict.not_tried:
        parts += ["<h2>Not tried</h2>", f"<p>{_text(', '.join(verdict.not_tried))}</p>"]
    for head, what in (("Not checked", verdict.unchecked), ("Notes", verdict.notes)):
        if what:
            parts += [f"<h2>{head}</h2>", *map(_line, what)]
    return parts


def _facts(verdict: Verdict) -> str:
    """Return how the program ended as it is, and with the recommended changes."""
    facts = [(verdict.judged, verdict.baseline, "")]
    if (way := verdict.recommended) is not None:
        fresh = way.confirmed_on
        seen, which = (way.chosen_on, "on the seeds that chose it") if fresh is None else (fresh, "on fresh seeds")
        facts.append(("with the change", seen, which))
    return f'<dl class="facts">{"".join(_fact(*fact) for fact in facts)}</dl>'


def _fact(title: str, seen: Tally, which: str) -> str:
    number, _, rest = seen.words.partition(",")
    return (
        f"<div><dt>{_text(title[:1].upper() + title[1:])}</dt><dd><b>{_text(number)}</b>"
        f"{_text(', '.join(part for part in (rest.strip(), which) if part))}</dd></div>"
    )


def _finding(finding: tuple[str, str, str]) -> str:
    severity, what, advice = finding
    return f"<li><b>{_text(severity)}</b>: {_text(what)}{f' To do: {_text(advice)}.' if advice else ''}</li>"


def _way(option: Option) -> str:
    return _line(f"{'; '.join(option.words)}. {counts(option)}")


def _line(text: str) -> str:
    """Return a paragraph; its first letter is large."""
    return f"<p>{_text(text[:1].upper() + text[1:])}</p>"


def _text(text: str) -> str:
    """Return the text escaped, with what stands between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))
