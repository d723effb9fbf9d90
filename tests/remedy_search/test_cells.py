"""What a search keeps of a setting, a claim and a batch begins with nothing known."""

from __future__ import annotations

from ablate.remedy_search.cells import Batch, Cell, Claim
from tests.remedy_search.planted import study


def test_records_begin_with_nothing_known_and_share_nothing() -> None:
    setting = study().baseline
    cells, claims = (
        [made(), made()] for made in (lambda: Cell(setting=setting, origin="sampled"), lambda: Claim(setting=setting))
    )
    assert [(cell.asked, cell.trials, cell.evidence) for cell in cells] == [([], [], None)] * 2  # type: ignore[attr-defined]
    assert [(claim.trials, claim.evidence, claim.confirmed, claim.spent) for claim in claims] == [
        ([], None, None, 0)
    ] * 2  # type: ignore[attr-defined]
    batches = [Batch(cells=[], claims=[]) for _ in range(2)]
    assert [(one.alive, one.block, one.pending, one.done, one.extra) for one in batches] == [
        ([], 0, {}, False, False)
    ] * 2
    batches[0].pending["x"] = None  # type: ignore[assignment]
    assert batches[1].pending == {}
    assert cells[0] != cells[1], "a cell is itself, not its values"
    assert batches[0] != Batch(cells=[], claims=[], pending=batches[0].pending)
    assert claims[0] != claims[1]
