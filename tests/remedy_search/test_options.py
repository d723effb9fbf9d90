"""What `search` is given must be possible before anything is trained."""

from __future__ import annotations

import pytest

from ablate.core.errors import ConfigError
from ablate.remedy_search.options import Search


@pytest.mark.parametrize(("blocks", "least"), [((4, 8, 20), 60), ((4,), 44)])
def test_trials_pay_for_a_setting_with_all_blocks_and_its_confirmation(blocks: tuple[int, ...], least: int) -> None:
    assert Search(blocks=blocks, confirm=40, trials=least).trials == least
    with pytest.raises(ConfigError, match=f"at least {least}: .*{blocks[-1]} seeds"):
        Search(blocks=blocks, confirm=40, trials=least - 1)
