"""What `search` is given must be possible before anything is trained."""

from __future__ import annotations

import dataclasses

import pytest

from ablate.configure import study_from_config
from ablate.core.errors import ConfigError
from ablate.remedy_search.options import Search


@pytest.mark.parametrize(("blocks", "least"), [((4, 8, 20), 60), ((4,), 44)])
def test_trials_pay_for_a_setting_with_all_blocks_and_its_confirmation(blocks: tuple[int, ...], least: int) -> None:
    assert Search(blocks=blocks, confirm=40, trials=least).trials == least
    with pytest.raises(ConfigError, match=f"at least {least}: .*{blocks[-1]} seeds"):
        Search(blocks=blocks, confirm=40, trials=least - 1)


def test_a_study_knows_the_keys_of_a_search() -> None:
    assert set(study_from_config.SEARCH_KEYS) == {field.name for field in dataclasses.fields(Search)}
