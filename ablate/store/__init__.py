"""Store a study's trials, named by their content, in Parquet files that are only added: no server, no index.

```
results/<study>/shards/
  states-<time>-<random>-<checksum>.parquet   how each trial ended: all that tables need
  curves-<time>-<random>-<checksum>.parquet   the signals at each evaluation, of the same trials in the same order
  damaged/                                    files whose bytes do not give their checksum, moved here by a sweep
```
A shard's file is written under a temporary name, flushed to the disk, renamed, and never changed afterwards; curves
come before states. Its name holds the checksum of its bytes. A trial is done when a states file holds its id and the
curves file exists. Equal ids are read once; equal ids with different bits are an error. Tables and reports are made
from these files.
"""

from __future__ import annotations

from ablate.store.compaction import compact as compact
from ablate.store.compaction import reread as reread
from ablate.store.curve_rows import digest as digest
from ablate.store.reading import attempts as attempts
from ablate.store.reading import done as done
from ablate.store.reading import ends as ends
from ablate.store.reading import outcomes as outcomes
from ablate.store.reading import read_curves as read_curves
from ablate.store.reading import read_states as read_states
from ablate.store.records import Record as Record
from ablate.store.shards import Damage as Damage
from ablate.store.shards import names as names
from ablate.store.upkeep import foreign as foreign
from ablate.store.upkeep import inspect as inspect
from ablate.store.upkeep import remove_leftovers as remove_leftovers
from ablate.store.upkeep import set_aside as set_aside
from ablate.store.writing import Writer as Writer
from ablate.store.writing import writer as writer
